"""How often a password may be tried, per account and per address, over all processes."""

from __future__ import annotations

import ipaddress

from sqlalchemy.orm import Session

from homelab_cmd.auth import repository
from homelab_cmd.clock import MINUTE_MS, SECOND_MS

WINDOW_MS = 15 * MINUTE_MS
CHECKS_PER_WINDOW = 10


def take(session: Session, *, account: str, address: str, now_ms: int) -> int | None:
    """Count one check before it is made. None: go on; else the seconds to wait.

    Counting first is what holds against guesses in parallel: none slips through while the others
    are being checked. The address comes first, so that one who is refused by it can't fill the
    table with account names.
    """
    repository.forget_login_windows(session, started_before_ms=now_ms - WINDOW_MS)
    for bucket in _buckets(account, address):
        window = repository.count_login_check(session, bucket, now_ms)
        if window.checks > CHECKS_PER_WINDOW:
            left_ms = window.started_at_ms + WINDOW_MS - now_ms
            return max(1, -(-left_ms // SECOND_MS))
    return None


def uncount(session: Session, *, account: str, address: str) -> None:
    """Take back one check that was no guess: a right password whose second factor is to come.

    Neither starts afresh, for else a known password would allow endless guesses at the factor.
    """
    for bucket in _buckets(account, address):
        repository.uncount_login_check(session, bucket)


def give_back(session: Session, *, account: str, address: str) -> None:
    """After a right password: the account starts afresh, the address gets its one check back.

    The address keeps its other failures: someone who has one account here must not be able to
    guess at another's for ever by logging in between.
    """
    address_bucket, account_bucket = _buckets(account, address)
    repository.forget_login_bucket(session, account_bucket)
    repository.uncount_login_check(session, address_bucket)


def forgive(session: Session, *, account: str) -> None:
    """Let an account be tried again at once, as after its password was set anew."""
    repository.forget_login_bucket(session, f"account:{account}")


def _buckets(account: str, address: str) -> tuple[str, str]:
    return f"address:{_network(address)}", f"account:{account}"


def _network(address: str) -> str:
    """An IPv6 host owns its /64 and can change its address within it at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
