"""Enrolment codes: good once, for an hour, short enough to be typed."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from homelab_cmd.auth import audit, one_time
from homelab_cmd.auth.one_time import Purpose
from homelab_cmd.auth.principals import Client
from homelab_cmd.clock import MINUTE_MS

DEFAULT_MINUTES = 60
MAX_MINUTES = 7 * 24 * 60
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_GROUPS, _GROUP_LENGTH = 5, 5  # 125 random bits


def issue_code(
    session: Session, *, minutes: int, server_id: str | None, actor: str, client: Client
) -> str:
    """A new code. With a `server_id` the host that shows it becomes that server."""
    groups = [
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    ]
    code = "-".join(groups)
    one_time.issue(
        session,
        Purpose.ENROLMENT,
        lifetime_ms=minutes * MINUTE_MS,
        subject=server_id or "",
        secret=_normal(code),
    )
    audit.record(
        session, "enrolment.code", actor=actor, subject=server_id or "a new host", client=client
    )
    return code


def claim_code(session: Session, code: str) -> str | None:
    """The server_id the code was made for ("" for any), once; None where it isn't valid."""
    return one_time.claim(session, Purpose.ENROLMENT, _normal(code))


def _normal(code: str) -> str:
    """What was typed, as Crockford reads it."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return plain.translate(str.maketrans("ILO", "110"))
