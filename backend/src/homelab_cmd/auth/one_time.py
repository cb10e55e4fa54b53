"""Secrets that the first to show them uses up, however many try at once."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from homelab_cmd.auth import repository
from homelab_cmd.auth.models import OneTimeSecret
from homelab_cmd.auth.tokens import digest, new_secret
from homelab_cmd.clock import now_ms


class Purpose(StrEnum):
    """What a one-time secret is good for."""

    SETUP = "setup"
    TICKET = "ticket"
    ENROLMENT = "enrolment"
    PROVIDER = "provider"


def issue(
    session: Session, purpose: Purpose, *, lifetime_ms: int, subject: str = "", secret: str = ""
) -> str:
    """A new secret for the purpose; what has expired is forgotten on the way."""
    now = now_ms()
    repository.forget_expired_secrets(session, now)
    secret = secret or new_secret()
    session.add(
        OneTimeSecret(
            purpose=purpose.value,
            digest=digest(secret),
            subject=subject,
            created_at_ms=now,
            expires_at_ms=now + lifetime_ms,
        )
    )
    return secret


def claim(session: Session, purpose: Purpose, secret: str) -> str | None:
    """The secret's subject for the one who comes first, None for all others.

    It is one DELETE: of those who claim in parallel the database lets one find the row. The claim
    holds when the caller's transaction commits; rolled back, the secret is good again.
    """
    return repository.delete_secret(session, purpose.value, digest(secret), now_ms())


def withdraw(session: Session, purpose: Purpose) -> None:
    """Forget all secrets of a purpose."""
    repository.delete_secrets(session, purpose.value)
