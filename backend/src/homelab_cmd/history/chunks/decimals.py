"""Floats that are short decimals, as integers of a power of ten, bit for bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.chunks.integers import Floats, Integers

MAX_EXPONENT = 9
# Scaled values of this size and more are no longer exact in a float64.
_MAX_SCALED = float(2**53)


def exact_as(values: Floats, exponent: int) -> NDArray[np.bool_]:
    """Where `values` come back from integers of 10**-exponent; never for -0.0, NaN, infinity."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * 10**exponent)
        back = np.where(np.abs(scaled) < _MAX_SCALED, scaled + 0.0, 0.5) / 10**exponent
    exact: NDArray[np.bool_] = back.view(np.int64) == values.view(np.int64)
    return exact


def scaled(values: Floats, exponent: int) -> Integers:
    """The integers of 10**-exponent nearest to `values`; 0 where there are none of 64 bits."""
    with np.errstate(invalid="ignore", over="ignore"):
        numbers = np.rint(values * 10**exponent)
        return np.where(np.abs(numbers) < _MAX_SCALED, numbers, 0).astype(np.int64)


def fewest_decimals(values: Floats, exceptions: int) -> int | None:
    """The smallest exponent at which all but `exceptions` values are exact, if there is one."""
    probe = values[:64]
    for exponent in range(MAX_EXPONENT + 1):
        # Most columns that are no decimals show it in their first values.
        if int((~exact_as(probe, exponent)).sum()) > exceptions:
            continue
        if int((~exact_as(values, exponent)).sum()) <= exceptions:
            return exponent
    return None
