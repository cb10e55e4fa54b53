"""The second factor of a login: TOTP (RFC 6238), and recovery codes for a lost phone.

All within the caller's transaction. A code is good once: its step is remembered, and taking it is
one UPDATE, so that of two who show the same code at once one comes in.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from homelab_cmd.auth.models import RecoveryCode, SecondFactor, User
from homelab_cmd.auth.tokens import digest
from homelab_cmd.clock import now_ms
from homelab_cmd.errors import Conflict, Unprocessable

STEP_SECONDS = 30
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like another
_RECOVERY_CHARACTERS = 10  # 49 bits, and ten logins in a quarter of an hour to guess them
# A phone's clock may be a step off either way.
_OFFSETS = (0, -1, 1)


@dataclass(frozen=True)
class Proposal:
    """A secret that is not in use yet, as text, as the URI of authenticators, and drawn."""

    secret: str
    uri: str
    modules: list[str]


def propose(name: str) -> Proposal:
    """A fresh secret for the person; `modules` are the QR code's rows, `1` for a dark module."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="HomelabCmd")
    rows = segno.make(uri, error="m", micro=False).matrix
    return Proposal(secret, uri, ["".join(str(module) for module in row) for row in rows])


def is_on(session: Session, user_id: int) -> bool:
    """Whether the person's logins need a code."""
    return session.get(SecondFactor, user_id) is not None


def turn_on(session: Session, user: User, secret: str, code: str) -> list[str]:
    """Ask for codes of this secret from now on; returns the recovery codes, shown this once.

    Raises Conflict where one is on already, Unprocessable where the code is not of the secret.
    """
    if is_on(session, user.id):
        raise Conflict("Turn the present second factor off first.", code="SECOND_FACTOR_ON")
    step = _step_of(secret, code)
    if step is None:
        raise Unprocessable(
            "The code does not belong to this secret; is the clock of your phone right?",
            code="BAD_CODE",
            path=["body", "code"],
        )
    session.add(
        SecondFactor(user_id=user.id, secret=secret, last_step=step, created_at_ms=now_ms())
    )
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, digest=digest(_normal(code))) for code in codes)
    return codes


def turn_off(session: Session, user_id: int) -> bool:
    """Ask for no codes any more; whether one was on."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    found = delete(SecondFactor).where(SecondFactor.user_id == user_id)
    return session.scalar(found.returning(SecondFactor.user_id)) is not None


def is_right(session: Session, user_id: int, code: str) -> bool:
    """Whether the person may come in with this code, which is then used up.

    Always where no second factor is on.
    """
    factor = session.get(SecondFactor, user_id)
    if factor is None:
        return True
    step = _step_of(factor.secret, code)
    if step is not None:
        return _take_step(session, user_id, step)
    used = delete(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.digest == digest(_normal(code))
    )
    return session.scalar(used.returning(RecoveryCode.id)) is not None


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many of the recovery codes are unused."""
    count = select(func.count()).where(RecoveryCode.user_id == user_id)
    return session.scalar(count) or 0


def _take_step(session: Session, user_id: int, step: int) -> bool:
    taken = (
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(taken) is not None


def _step_of(secret: str, code: str) -> int | None:
    """The step that the code is of, near now; None where it is of none."""
    digits = "".join(code.split())
    now = int(time.time()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (now + offset for offset in _OFFSETS):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "replace")):
            return step
    return None


def _new_recovery_code() -> str:
    drawn = "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_CHARACTERS))
    return f"{drawn[:5]}-{drawn[5:]}"


def _normal(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
