"""The audit log: who logged in, who made or revoked a credential, who deleted what."""

from __future__ import annotations

from sqlalchemy.orm import Session

from homelab_cmd.auth import repository
from homelab_cmd.auth.models import AuditEntry
from homelab_cmd.auth.principals import Client
from homelab_cmd.clock import now_ms

MAX_ENTRIES = 10_000


def record(session: Session, action: str, *, actor: str, subject: str = "", client: Client) -> None:
    """Add an entry within the caller's transaction; only the newest 10,000 are kept."""
    entry = AuditEntry(
        time_ms=now_ms(),
        actor=actor[:120],
        action=action,
        subject=subject[:255],
        address=client.address[:64],
    )
    session.add(entry)
    session.flush()
    repository.forget_audit_entries(session, up_to_id=entry.id - MAX_ENTRIES)


def entries(session: Session, *, limit: int, offset: int) -> tuple[list[AuditEntry], int]:
    """The newest entries first, and how many there are."""
    return repository.audit_entries(session, limit=limit, offset=offset)
