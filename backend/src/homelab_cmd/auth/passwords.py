"""Passwords: argon2id, a bounded number at a time, and as long for nobody as for somebody."""

from __future__ import annotations

import threading
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from homelab_cmd.errors import Unprocessable

MIN_CHARACTERS = 8
MAX_CHARACTERS = 1_024
_MEMORY_KIB = 46 * 1024  # OWASP's first choice for argon2id: 46 MiB, one pass, one lane
_HASHER = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=_MEMORY_KIB, parallelism=1),))

# Each hash holds its memory while it runs. A flood of logins must not take a small host's RAM:
# two at once use 92 MiB, the others wait.
_AT_ONCE = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The argon2id hash to store. Raises Unprocessable for a password too short or too long."""
    if len(password) < MIN_CHARACTERS:
        raise Unprocessable(
            f"A password has at least {MIN_CHARACTERS} characters.", code="PASSWORD_TOO_SHORT"
        )
    if len(password) > MAX_CHARACTERS:
        raise Unprocessable(
            f"A password has at most {MAX_CHARACTERS} characters.", code="PASSWORD_TOO_LONG"
        )
    return _hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is right, and a new hash where the stored one's costs are outdated.

    `stored` is None for an unknown user and empty for one who has no password: a decoy is checked,
    so that the time tells nothing.
    """
    if len(password) > MAX_CHARACTERS:
        password = ""  # still takes the time of a check; no stored password is empty
    with _AT_ONCE:
        # Made for a known user too: else the first unknown one would take twice the time.
        decoy = _decoy()
        try:
            right, renewed = _HASHER.verify_and_update(_encodable(password), stored or decoy)
        except UnknownHashError:
            return False, None
    return (right, renewed) if stored else (False, None)


def _hash(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(_encodable(password))


def _encodable(password: str) -> bytes:
    # JSON can carry lone surrogates, which plain UTF-8 refuses.
    return password.encode("utf-8", "surrogatepass")


@cache
def _decoy() -> str:
    return _HASHER.hash("a password that nobody has")
