"""Floats that are a share of small integers, such as a processor's percent of so many ticks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.chunks.integers import Floats, Integers

# A percent is computed as 100 x part / whole.
SCALE = 100
# Ticks of 128 cores in a minute are fewer. Anything can be said as a share of numbers large enough,
# but then they are no shorter than the float.
_MAX_WHOLE = 1 << 20
_STEPS = 16
_PROBE = 64


def as_fractions(values: Floats) -> tuple[Integers, Integers] | None:
    """Parts and wholes of which each value is 100 x part / whole bit for bit, if there are any."""
    probe = values[:_PROBE]
    if _convergents(probe) is None:
        return None
    found = _convergents(values)
    if found is None:
        return None
    part, whole = found
    # In lowest terms now; as multiples near the largest, the wholes are nearly all the same again.
    times = int(whole.max()) // whole
    return part * times, whole * times


def from_fractions(part: Integers, whole: Integers) -> Floats:
    """The values. Raises ValueError where a whole is none."""
    if (whole <= 0).any():
        raise ValueError("a share of nothing")
    values: Floats = SCALE * part / whole
    return values


def _convergents(values: Floats) -> tuple[Integers, Integers] | None:
    """By continued fractions: the simplest share that has the same bits, of every value."""
    if not ((values >= 0) & (values <= SCALE)).all() or np.signbit(values).any():
        return None
    part, whole = np.zeros(len(values), np.int64), np.ones(len(values), np.int64)
    before = np.ones(len(values), np.int64), np.zeros(len(values), np.int64)
    last = part.copy(), whole.copy()
    rest = values / SCALE
    open_ = ~_same(part, whole, values)
    for _ in range(_STEPS):
        if not open_.any():
            return part, whole
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            inverse = 1 / rest
        digit = np.where(open_, np.minimum(np.nan_to_num(inverse, posinf=0), _MAX_WHOLE), 0)
        digits = np.floor(digit).astype(np.int64)
        rest = digit - digits
        following = digits * last[0] + before[0], digits * last[1] + before[1]
        if (open_ & ((following[1] > _MAX_WHOLE) | (digits == 0))).any():
            return None
        before, last = last, following
        part, whole = np.where(open_, last[0], part), np.where(open_, last[1], whole)
        open_ &= ~_same(part, whole, values)
    return None


def _same(part: Integers, whole: Integers, values: Floats) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (SCALE * part / np.maximum(whole, 1)) == values
    return same
