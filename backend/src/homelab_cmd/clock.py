"""Times: UTC milliseconds inside, ISO 8601 with offset outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

# Clocks of a home differ by this much at most; what claims to be from later is not believed.
MAX_AHEAD_MS = 5 * MINUTE_MS


def now_ms() -> int:
    """The wall clock, in UTC milliseconds."""
    return time.time_ns() // 1_000_000


def iso(time_ms: int) -> str:
    """`2026-11-21T07:00:00.000+00:00`, as the /api/v1 paths write times."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="milliseconds")


def parse_iso(text: str) -> int:
    """UTC milliseconds of an ISO 8601 time. Raises ValueError where it lacks an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "has no offset: write it like 2026-11-21T07:00:00Z"
        raise ValueError(message)
    return aware_ms(moment)


def aware_ms(moment: datetime) -> int:
    """UTC milliseconds of an aware time, exactly (a float of seconds would lose some)."""
    since_epoch = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since_epoch.days * 86_400 + since_epoch.seconds) * 1_000 + (
        since_epoch.microseconds // 1_000
    )
