"""How a house's numbers move: pure functions of time, so that any moment can be asked again.

Times are Unix seconds in integer arrays. What looks random is hashed out of the time and a seed:
the same moment always has the same value, whoever asks, in whatever order.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[Any]  # float64; numpy types what is rounded and summed less exactly

HOUR = 3_600
DAY = 86_400
LOCAL_OFFSET = HOUR  # the house stands one hour east of UTC and knows no summer time
MONDAY = 4 * DAY  # the first one after the epoch, which was a Thursday


@dataclass(frozen=True)
class Pattern:
    """What share of its most something has to do, by the hour: on a weekday, on a weekend's day."""

    weekday: tuple[float, ...]
    weekend: tuple[float, ...]


def _hours(text: str) -> tuple[float, ...]:
    """Twenty-four digits, each a ninth."""
    return tuple(int(digit) / 9 for digit in text)


FLAT = Pattern(_hours("5" * 24), _hours("5" * 24))
HOME = Pattern(_hours("211111244322233345789984"), _hours("421111112455555566789985"))
EVENING = Pattern(_hours("210000000000000001367997"), _hours("431000000012333334567998"))
OFFICE = Pattern(_hours("000000014899869988520000"), _hours("0" * 24))
NIGHT = Pattern(_hours("148962100000000000000000"), _hours("148985210000000000000000"))
PUBLIC = Pattern(_hours("321123356789998888877654"), _hours("432112234567777777766543"))


def seed_of(*words: object) -> int:
    """A seed by names."""
    return zlib.crc32("/".join(map(str, words)).encode())


def hashed(places: Times, seed: int) -> Values:
    """Evenly spread numbers in [0, 1), by place and seed (splitmix64)."""
    mixed = places.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) / 2.0**53


def _normal(places: Times, seed: int) -> Values:
    """Near enough to normal, with mean 0 and deviation 1."""
    return 2 * (hashed(places, seed) + hashed(places, seed + 1) + hashed(places, seed + 2)) - 3


def noise(times: Times, seed: int, step: int) -> Values:
    """A line that wanders around 0 with deviation 1, from one step of seconds to the next."""
    places, rest = np.divmod(times, step)
    share = rest / step
    return _normal(places, seed) * (1 - share) + _normal(places + 1, seed) * share


def rarely(times: Times, seed: int, step: int, share: float) -> NDArray[np.bool_]:
    """True in that share of all steps."""
    return hashed(times // step, seed) < share


def activity(times: Times, pattern: Pattern) -> Values:
    """The pattern's share at each time, in between by a straight line."""
    local = times + LOCAL_OFFSET
    hours = local % DAY / HOUR - 0.5
    place = np.arange(24)
    weekday = np.interp(hours, place, pattern.weekday, period=24)
    weekend = np.interp(hours, place, pattern.weekend, period=24)
    return np.where((local - MONDAY) // DAY % 7 >= 5, weekend, weekday)


def since_each(times: Times, period_days: float, seed: int) -> Times:
    """When the period began that each time lies in; where periods begin is the seed's."""
    period = int(period_days * DAY)
    phase = seed % period
    return (times - phase) // period * period + phase


# Totals are counted from a while before the history begins: only their differences are used.
_COUNTED_HOURS = 24 * 365
_MINUTES = np.arange(60)


def total(times: Times, origin: int, pattern: Pattern, seed: int, per_second: float) -> Values:
    """What a flow has carried since `origin`, an hour's start: a counter that never rests."""
    hours, rest = np.divmod(times - origin, HOUR)
    sums = _hourly_sums(origin, pattern, seed)
    found, places = np.unique(hours, return_inverse=True)
    minutes = (found[:, None] + origin // HOUR) * 60 + _MINUTES
    weights = np.exp(1.1 * _normal(minutes, seed + 5))
    shares = np.hstack([np.zeros((len(found), 1)), np.cumsum(weights, axis=1)])
    shares /= shares[:, -1:]
    minute, second = np.divmod(rest, 60)
    before = shares[places, minute]
    within = before + (shares[places, minute + 1] - before) * second / 60
    carried: Values = sums[hours] + (sums[hours + 1] - sums[hours]) * within
    return per_second * HOUR * carried


@cache
def _hourly_sums(origin: int, pattern: Pattern, seed: int) -> Values:
    """The load of all hours before each, as a multiple of the mean hour's."""
    starts = origin + HOUR * np.arange(_COUNTED_HOURS)
    loads = (0.04 + activity(starts + HOUR // 2, pattern)) * np.exp(0.6 * noise(starts, seed, HOUR))
    return np.concatenate([[0.0], np.cumsum(loads / loads.mean())])
