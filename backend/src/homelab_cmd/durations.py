"""Durations in URLs: `<int>` and one of `s m h d w y`, and the time ranges made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from homelab_cmd.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, aware_ms, now_ms
from homelab_cmd.errors import Unprocessable

_UNITS_MS = {
    "s": SECOND_MS,
    "m": MINUTE_MS,
    "h": HOUR_MS,
    "d": DAY_MS,
    "w": 7 * DAY_MS,
    "y": 365 * DAY_MS,
}
_DURATION = re.compile(r"^([0-9]{1,9})([smhdwy])$")
MIN_RANGE_MS = MINUTE_MS
MAX_RANGE_MS = 10 * 366 * DAY_MS


@dataclass(frozen=True)
class TimeRange:
    """A half-open range of UTC milliseconds, and the words it was asked in."""

    start_ms: int
    end_ms: int
    text: str


def parse_duration_ms(text: str, *, name: str = "period") -> int:
    """Milliseconds of `24h`; `m` is minutes. Raises Unprocessable naming the parameter."""
    match = _DURATION.match(text)
    if match is None:
        raise Unprocessable(
            f"{name}: write a number and one of s m h d w y, as in 15m, 24h, 7d or 1y",
            path=["query", name],
        )
    length_ms = int(match[1]) * _UNITS_MS[match[2]]
    if not MIN_RANGE_MS <= length_ms <= MAX_RANGE_MS:
        raise Unprocessable(f"{name}: from 1m to 10y", path=["query", name])
    return length_ms


def parse_moment_ms(text: str, *, name: str) -> int:
    """UTC milliseconds of an ISO 8601 time with offset, or of epoch seconds."""
    try:
        moment = datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _bad_moment(name) from None
    if moment.tzinfo is None:
        raise _bad_moment(name)
    return aware_ms(moment)


def time_range(
    length: str, start: str | None, end: str | None, *, name: str = "period"
) -> TimeRange:
    """The last `length`, unless `from` and `to` say otherwise. Raises Unprocessable."""
    now = now_ms()
    if start is None and end is None:
        return TimeRange(now - parse_duration_ms(length, name=name), now, length)
    end_ms = now if end is None else parse_moment_ms(end, name="to")
    if start is None:
        start_ms = end_ms - parse_duration_ms(length, name=name)
    else:
        start_ms = parse_moment_ms(start, name="from")
    if not 0 < end_ms - start_ms <= MAX_RANGE_MS:
        raise Unprocessable("from: must lie before to, by 10 years at most", path=["query", "from"])
    return TimeRange(start_ms, end_ms, length)


FromMoment = Annotated[
    str | None,
    Query(alias="from", max_length=40, description="ISO 8601 with offset, or epoch seconds."),
]
ToMoment = Annotated[
    str | None, Query(alias="to", max_length=40, description="As `from`; now where left out.")
]


def _bad_moment(name: str) -> Unprocessable:
    return Unprocessable(
        f"{name}: write an ISO 8601 time with offset, as 2026-11-21T07:00:00Z, or epoch seconds",
        path=["query", name],
    )
