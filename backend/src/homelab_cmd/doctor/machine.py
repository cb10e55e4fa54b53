"""The machine under the server: its clock, its disk, the data folder, who answers at the port."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from homelab_cmd import __version__
from homelab_cmd.doctor.findings import Finding
from homelab_cmd.settings import Settings

LEAST_FREE_BYTES = 500_000_000
LEAST_FREE_SHARE = 0.05
ANSWER_SECONDS = 5.0
# What adjtimex(2) returns where nothing keeps the clock right.
_TIME_ERROR = 5
_TIMEX_BYTES = 512  # more than struct timex has anywhere; no mode is set, so nothing changes


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """All of it, in the order in which one would look."""
    yield clock()
    if settings.is_sqlite:
        yield disk(settings.data_dir)
    yield server(settings)
    if settings.public_url:
        yield public_url(settings)


def clock() -> Finding:
    """Whether something keeps the clock right."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return Finding("clock", "ok", "This system does not say whether its clock is kept right.")
    if state == _TIME_ERROR:
        return Finding(
            "clock",
            "warning",
            "Nothing keeps this machine's clock right, as far as the kernel knows.",
            "Turn on time synchronisation: timedatectl set-ntp true, or chrony; in a container "
            "that is the host's to do.",
        )
    return Finding("clock", "ok", "The clock is kept right.")


def disk(folder: Path) -> Finding:
    """Whether there is room where the data lies."""
    space = os.statvfs(folder)
    free, total = space.f_bavail * space.f_frsize, space.f_blocks * space.f_frsize
    says = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB are free at {folder}."
    if free < LEAST_FREE_BYTES or free < LEAST_FREE_SHARE * total:
        return Finding(
            "disk",
            "warning",
            says,
            "Make room, set HOMELAB_CMD_MAX_SIZE, or keep less (HOMELAB_CMD_RETENTION_RAW_DAYS); "
            "homelab-cmd storage says what takes it.",
        )
    return Finding("disk", "ok", says)


def server(settings: Settings) -> Finding:
    """Whether a server answers where the settings say that it listens."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - told, not bound
    scheme = "https" if settings.tls_self_signed or settings.tls_cert else "http"
    url = f"{scheme}://{host}:{settings.port}"
    said = _health(url)
    if isinstance(said, str):
        return Finding(
            "server",
            "warning",
            f"No server answers at {url} ({said}).",
            "Start it (homelab-cmd serve, systemctl start homelab-cmd), or give doctor the "
            "settings that the server has.",
        )
    if said.get("status") != "ok":
        mend = "Its log says more; homelab-cmd check looks for damage."
        return Finding("server", "error", str(said.get("problem")), mend)
    if said.get("version") != __version__:
        return Finding(
            "server",
            "warning",
            f"The server is version {said.get('version')}, this command {__version__}.",
            "Restart the server, or call the command of its own installation.",
        )
    return Finding("server", "ok", f"It answers at {url} and can write.")


def public_url(settings: Settings) -> Finding:
    """Whether the address that people and agents use leads here."""
    url = settings.public_url.rstrip("/")
    said = _health(url)
    if isinstance(said, str):
        return Finding(
            "public address",
            "warning",
            f"HOMELAB_CMD_PUBLIC_URL {url} does not lead to a server ({said}).",
            "The proxy has to pass that path on, without its prefix, WebSockets too; see "
            "docs/operating.md. From inside a network such an address may not be reachable.",
        )
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
        return Finding(
            "public address",
            "warning",
            f"{url} is not encrypted: passwords and tokens cross the network as they are.",
            "Put a proxy with TLS before it, or serve with --tls-self-signed.",
        )
    return Finding("public address", "ok", f"{url} leads to the server.")


def _health(url: str) -> dict[str, object] | str:
    """What the server says of itself, or why there is no answer."""
    try:
        # Whose certificate it is does not matter here: nothing secret is sent or believed.
        answer = httpx.get(f"{url}/api/v1/system/health", timeout=ANSWER_SECONDS, verify=False)  # noqa: S501 - see above
        said = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error) or type(error).__name__
    except ValueError:
        return "what answers there is something else"
    return said if isinstance(said, dict) and "version" in said else "something else answers there"
