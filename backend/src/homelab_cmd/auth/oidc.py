"""Logging in by OpenID Connect: the settings of it, and what is known of a login under way.

The protocol itself is in `oidc_client`, which is imported where a provider is set: what it needs
takes 5 MB that most homes have no use for.
"""

from __future__ import annotations

import base64
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from homelab_cmd.errors import StartupError
from homelab_cmd.outgoing import OutgoingError, checked_url
from homelab_cmd.settings import Settings

if TYPE_CHECKING:
    from homelab_cmd.auth.oidc_client import Provider

CALLBACK_PATH = "/api/v1/auth/provider/callback"


class ProviderError(Exception):
    """The provider gave no identity that can be trusted; the text is a sentence about it."""


@dataclass(frozen=True)
class Identity:
    """Who the provider says somebody is. `subject` never changes, `name` may."""

    issuer: str
    subject: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Flow:
    """One login under way, all of it derived from a secret that only the browser's cookie holds."""

    secret: str

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("verifier")

    def _derived(self, purpose: str) -> str:
        hashed = hashlib.sha256(f"{purpose}:{self.secret}".encode()).digest()
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def build_provider(settings: Settings) -> Provider | None:
    """The provider of the settings; None where none is named. Raises StartupError."""
    if not settings.oidc_issuer:
        return None
    for needed in ("oidc_client_id", "public_url"):
        if not getattr(settings, needed):
            raise StartupError(
                f"HOMELAB_CMD_OIDC_ISSUER needs HOMELAB_CMD_{needed.upper()} beside it."
            )
    try:
        checked_url(settings.oidc_issuer)
    except OutgoingError as error:
        raise StartupError(f"HOMELAB_CMD_OIDC_ISSUER {error}.") from None
    from homelab_cmd.auth.oidc_client import Provider  # noqa: PLC0415 - as said above

    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        _read_secret(settings.oidc_client_secret_file),
        settings.public_url.rstrip("/") + CALLBACK_PATH,
    )


def _read_secret(path: Path | None) -> str:
    if path is None:
        return ""  # a public client: PKCE alone
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise StartupError(
                f"Everybody on this machine can read the secret in {path}: run chmod 600 {path}."
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"HOMELAB_CMD_OIDC_CLIENT_SECRET_FILE: {path}: {error}.") from None
