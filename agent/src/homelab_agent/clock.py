"""Three clocks: the host's, the server's as far as it is known, and one that never steps."""

from __future__ import annotations

import re
import time

# Below this a difference is shown; above it, the host's clock is no longer what a sample carries.
TOLERATED_MS = 5 * 60 * 1_000


def now_ms() -> int:
    """The host's clock, in milliseconds of UTC. It may step."""
    return time.time_ns() // 1_000_000


def boot_ms() -> int:
    """Milliseconds since boot, time asleep included. It never steps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class ServerClock:
    """What the server's answers tell of its clock."""

    def __init__(self) -> None:
        # The server's time minus the time since boot: a step of the host's clock changes nothing.
        self._server_minus_boot_ms: int | None = None

    def observe(self, server_ms: int, asked_boot_ms: int, answered_boot_ms: int) -> None:
        """Take in the server's time, said at some moment between asking and being answered."""
        self._server_minus_boot_ms = server_ms - (asked_boot_ms + answered_boot_ms) // 2

    @property
    def offset_ms(self) -> int | None:
        """The server's clock minus the host's, as of now; None before the first answer."""
        if self._server_minus_boot_ms is None:
            return None
        return self._server_minus_boot_ms + boot_ms() - now_ms()

    def stamp_ms(self) -> int:
        """The time for a sample taken now: the host's, or the server's where the host's is off."""
        offset_ms = self.offset_ms
        if offset_ms is None or abs(offset_ms) <= TOLERATED_MS:
            return now_ms()
        return now_ms() + offset_ms

    def true_ms(self, taken_boot_ms: int) -> int | None:
        """The server's time at a moment of this boot; None before the first answer."""
        if self._server_minus_boot_ms is None:
            return None
        return self._server_minus_boot_ms + taken_boot_ms


class Grid:
    """Ticks on the wall clock's multiples of an interval."""

    def __init__(self, interval_seconds: float) -> None:
        self._interval_ms = round(interval_seconds * 1_000)
        self._last_ms = 0

    def wait_seconds(self, time_ms: int) -> float:
        """Seconds from `time_ms` to the next tick that was not given out yet."""
        next_ms = (time_ms // self._interval_ms + 1) * self._interval_ms
        if next_ms == self._last_ms:  # woken a moment early: that tick was just taken
            next_ms += self._interval_ms
        self._last_ms = next_ms
        return (next_ms - time_ms) / 1_000


_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)"
)


def parse_iso(text: object) -> int | None:
    """Milliseconds of UTC of an ISO 8601 time with offset; None where it is none."""
    match = _ISO.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[part]) for part in range(1, 7))
    seconds = _days_to(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    milliseconds = int((match[7] or "0").ljust(3, "0")[:3])
    if match[8] != "Z":
        sign = -1 if match[8][0] == "-" else 1
        digits = match[8][1:].replace(":", "")
        seconds -= sign * (int(digits[:2]) * 3_600 + int(digits[2:]) * 60)
    return seconds * 1_000 + milliseconds


def _days_to(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date, counting years from March so that leap days come last."""
    year -= month <= 2
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + day_of_year - 719_468


def iso(time_ms: int) -> str:
    """Milliseconds of UTC as ISO 8601."""
    seconds, milliseconds = divmod(time_ms, 1_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03d}Z"
