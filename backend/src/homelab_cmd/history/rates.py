"""What a counter rose by from one sample to the next, and how much time each sample stands for.

Pure functions over arrays that are sorted by time. Only neighbouring samples are compared, and
where one of the two has no value nothing is known: an increase is never guessed, never negative,
and a restart of the counter never shows as a spike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from homelab_agent.contract import Family, Field
from numpy.typing import NDArray

from homelab_cmd.history.interface import Column, Frame
from homelab_cmd.history.tiers import ASSUMED_INTERVAL_MS, LONGEST_SILENCE_MS

GAP_INTERVALS = 3
_WRAP = 1 << 32
# A fall is read as a wrap only where it would mean at most half the range: a small counter that
# restarts would otherwise pass for one that nearly came round.
_LONGEST_WRAP = 1 << 31

# The fastest a counter of that unit plausibly rises per second where the link does not say:
# gigabit Ethernet, and its smallest frames. Counters of other units are never 32 bits wide.
_PLAUSIBLE_PER_SECOND = {"bytes": 125e6, "packets": 1.488e6}
_BITS_PER = {"bytes": 8, "packets": 672}


class Flag(IntEnum):
    """What stands between a sample and the one before it; the greatest of several is told."""

    OK = 0
    GAP = 1  # more than three intervals
    WRAP = 2  # a 32-bit counter came round
    RESET = 3  # the counter began anew: at a boot, or because its value fell


FLAG_NAMES = tuple(flag.name.lower() for flag in Flag)


@dataclass(slots=True)
class Increases:
    """Per sample, against the one before: `amount` where `known`, over `span_ms` (0 elsewhere)."""

    amount: NDArray[Any]
    known: NDArray[np.bool_]
    span_ms: NDArray[np.int64]
    flag: NDArray[np.int8]

    def rate(self) -> Column:
        """The increase per second."""
        seconds = np.where(self.known, self.span_ms, 1) / 1_000
        return Column(np.where(self.known, self.amount, 0) / seconds, self.known)


def intervals_ms(frame: Frame) -> NDArray[np.int64]:
    """How often the host reports, per sample, with the assumption where it does not say."""
    if frame.interval_ms is None:
        return np.full(len(frame.time_ms), ASSUMED_INTERVAL_MS, np.int64)
    return np.where(frame.interval_ms > 0, frame.interval_ms, ASSUMED_INTERVAL_MS)


def gaps(frame: Frame) -> NDArray[np.bool_]:
    """Where more than three intervals lie before a sample. A change of pace is no gap."""
    gap = np.zeros(len(frame.time_ms), np.bool_)
    interval = intervals_ms(frame)
    slower = np.maximum(interval[1:], interval[:-1])
    gap[1:] = np.diff(frame.time_ms) > GAP_INTERVALS * slower
    return gap


def follows(frame: Frame) -> NDArray[np.bool_]:
    """Of each pair of neighbours, whether the later can be compared with the earlier."""
    close: NDArray[np.bool_] = np.diff(frame.time_ms) <= LONGEST_SILENCE_MS
    return close


def covered_ms(frame: Frame) -> NDArray[np.int64]:
    """The time that each sample's states stand for: since the sample before, or one interval."""
    covered = intervals_ms(frame).copy()
    since = np.diff(frame.time_ms)
    covered[1:] = np.where(gaps(frame)[1:], covered[1:], since)
    return covered


def plausible_rate(
    family: Family, field: Field, columns: Mapping[str, Column], size: int
) -> NDArray[np.float64] | None:
    """The most that a counter can rise per second, per sample; None where nothing is known.

    From the family's field in bits per second where there is one with a value.
    """
    default = _PLAUSIBLE_PER_SECOND.get(field.spec.unit)
    if default is None:
        return None
    ceiling = np.full(size, default)
    link = link_field(family)
    if link and link.name in columns:
        speed = columns[link.name]
        known = speed.mask() & (speed.values > 0)
        ceiling[known] = speed.values[known] / _BITS_PER[field.spec.unit]
    return ceiling


def link_field(family: Family) -> Field | None:
    """The field that bounds the family's counters: the speed of the link."""
    return next((field for field in family.fields if field.spec.unit == "bits_per_second"), None)


def increases(family: Family, field: Field, frame: Frame) -> Increases:
    """What the counter rose by, sample by sample; the first has nothing before it.

    After a reset the increase is what the counter shows since, unless even that is implausible,
    as when an interface takes over the counters of another: then nothing is known. A boot is a
    reset even where the value is higher than before.
    """
    column = frame.columns[field.name]
    size = len(frame.time_ms)
    known = np.zeros(size, np.bool_)
    amount = np.zeros(size, column.values.dtype)
    span = np.zeros(size, np.int64)
    flag = np.where(gaps(frame), Flag.GAP, Flag.OK).astype(np.int8)
    if size < 2:
        return Increases(amount, known, span, flag)
    valid = column.mask()
    both = valid[1:] & valid[:-1] & follows(frame)
    values = np.where(valid, column.values, 0)
    elapsed = np.diff(frame.time_ms)
    rise = np.diff(values)
    ceiling = plausible_rate(family, field, frame.columns, size)
    limit = None if ceiling is None else ceiling[1:] * elapsed / 1_000
    restarted = both & (_rebooted(frame) | (rise < 0))
    wrapped = np.zeros(size - 1, np.bool_)
    if limit is not None and restarted.any() and column.values.dtype == np.int64:
        wrapped = restarted & ~_rebooted(frame) & (values[:-1] < _WRAP)
        wrapped &= (rise + _WRAP <= _LONGEST_WRAP) & (rise + _WRAP <= limit)
    reset = restarted & ~wrapped
    rise = np.where(wrapped, rise + _WRAP, np.where(reset, values[1:], rise))
    certain = both if limit is None else both & ~(reset & (rise > limit))
    amount[1:] = np.where(certain, rise, 0)
    known[1:] = certain
    span[1:] = np.where(certain, elapsed, 0)
    flag[1:][wrapped] = Flag.WRAP
    flag[1:][reset] = Flag.RESET
    return Increases(amount, known, span, flag)


def _rebooted(frame: Frame) -> NDArray[np.bool_]:
    if frame.boot is None:
        return np.zeros(len(frame.time_ms) - 1, np.bool_)
    before, after = frame.boot[:-1], frame.boot[1:]
    rebooted: NDArray[np.bool_] = (before != after) & (before >= 0) & (after >= 0)
    return rebooted
