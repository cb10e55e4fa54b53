"""When a filesystem will be full, as its last weeks suggest; nothing where they suggest nothing.

The slope is the median of all slopes between daily medians since the last jump (Theil and Sen),
and its range that of Kendall's test at 95 %: one big copy or one cleanup does not bend it.
P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", 1968.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.tiers import DAY_MS

MIN_DAYS = 7
# Beyond this a date would be a guess.
HORIZON_MS = 5 * 365 * DAY_MS
_KENDALL_95 = 1.96
# A day's change is a jump where it is far outside the usual ones and more than this share.
_JUMP_DEVIATIONS = 8
_JUMP_SHARE = 0.02
# Less than this share of the filesystem in a year is as good as nothing.
_STEADY_SHARE_PER_DAY = 0.01 / 365

State = Literal["filling", "emptying", "steady", "unknown"]


@dataclass(frozen=True)
class Forecast:
    """Bytes per day and, where it is filling, when it is full, at the earliest and at the latest.

    `latest_ms` is None where it may as well never fill. `jumped_ms` is the day of a jump that left
    too little history for a forecast.
    """

    state: State
    bytes_per_day: float | None = None
    full_ms: int | None = None
    earliest_ms: int | None = None
    latest_ms: int | None = None
    jumped_ms: int | None = None


UNKNOWN = Forecast("unknown")


def daily_medians(
    time_ms: NDArray[np.int64], used: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Days since the epoch, and the median of each day's values."""
    days = time_ms // DAY_MS
    starts = np.flatnonzero(np.diff(days, prepend=-1))
    medians = [np.median(part) for part in np.split(used, starts[1:])]
    return days[starts], np.array(medians, np.float64)


def since_last_jump(medians: NDArray[np.float64], size: float) -> int:
    """The position of the first day after the last jump."""
    changes = np.diff(medians)
    if len(changes) == 0:
        return 0
    usual = np.median(changes)
    deviation = np.median(np.abs(changes - usual))
    limit = max(_JUMP_DEVIATIONS * deviation, _JUMP_SHARE * size)
    jumps = np.flatnonzero(np.abs(changes - usual) > limit)
    return int(jumps[-1]) + 1 if len(jumps) else 0


def forecast(
    time_ms: NDArray[np.int64], used: NDArray[Any], available: float, now_ms: int
) -> Forecast:
    """A forecast from hourly means of the used bytes; `available` are those left now.

    Unknown where less than a week lies after the last jump.
    """
    if len(time_ms) == 0:
        return UNKNOWN
    days, medians = daily_medians(time_ms, used)
    size = float(used[-1]) + available
    first = since_last_jump(medians, size)
    days, medians = days[first:], medians[first:]
    if len(days) < MIN_DAYS:
        return Forecast("unknown", jumped_ms=int(days[0]) * DAY_MS) if first else UNKNOWN
    slope, lowest, highest = _slopes(days, medians)
    if abs(slope) < _STEADY_SHARE_PER_DAY * size or lowest <= 0 <= highest:
        return Forecast("steady", slope)
    if slope < 0:
        return Forecast("emptying", slope)
    full_ms = _when(available, slope, now_ms)
    if full_ms is None:
        return Forecast("steady", slope)
    earliest_ms, latest_ms = _when(available, highest, now_ms), _when(available, lowest, now_ms)
    return Forecast("filling", slope, full_ms, earliest_ms, latest_ms)


def _slopes(days: NDArray[np.int64], medians: NDArray[np.float64]) -> tuple[float, float, float]:
    """The median of all slopes, and the ends of its range."""
    count = len(days)
    early, late = np.triu_indices(count, 1)
    slopes = np.sort((medians[late] - medians[early]) / (days[late] - days[early]))
    spread = _KENDALL_95 * np.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    lowest = max(0, round((len(slopes) - spread) / 2))
    highest = min(len(slopes) - 1, round((len(slopes) + spread) / 2))
    return float(np.median(slopes)), float(slopes[lowest]), float(slopes[highest])


def _when(available: float, slope: float, now_ms: int) -> int | None:
    """When the available bytes are used up; None beyond the horizon."""
    wait_ms = available / slope * DAY_MS
    return now_ms + int(wait_ms) if wait_ms < HORIZON_MS else None
