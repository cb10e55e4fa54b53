"""When a host of the fleet runs, and since when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from devtools.fleet.course import (
    DAY,
    HOUR,
    LOCAL_OFFSET,
    MONDAY,
    Times,
    hashed,
    rarely,
    seed_of,
    since_each,
)
from devtools.fleet.machine import Machine

# When somebody switches it on and off, in local hours, give or take.
_HOURS = {"office": (9.0, 17.0), "daytime": (7.5, 23.0)}
_GIVE_OR_TAKE = 0.4


def boots(machine: Machine, times: Times) -> Times:
    """When the host was switched on, for each of the times."""
    hours = _HOURS.get(machine.presence)
    if hours is None:
        return since_each(times, machine.boots_days, seed_of(machine.id, "boot"))
    return _switched(machine, times, hours[0], "on")


def is_present(machine: Machine, times: Times, began: int) -> NDArray[np.bool_]:
    """Which of the times the host reports at. `began` is when the fleet began to live."""
    present = times >= began - int(machine.born_days * DAY)
    if machine.silent_days is not None:
        present &= times < began - int(machine.silent_days * DAY)
    if machine.presence in _HOURS:
        off = _HOURS[machine.presence][1]
        present &= (boots(machine, times) <= times) & (
            times < _switched(machine, times, off, "off")
        )
        if machine.presence == "office":
            present &= (times + LOCAL_OFFSET - MONDAY) // DAY % 7 < 5
    elif machine.presence == "nine in ten":
        present &= ~rarely(times, seed_of(machine.id, "missed"), machine.interval, 0.1)
    elif machine.presence == "power cuts":
        # The power is away before each boot, for up to two hours.
        next_boot = boots(machine, times) + int(machine.boots_days * DAY)
        away = 600 + 6_600 * hashed(next_boot, seed_of(machine.id, "away"))
        present &= times < next_boot - away
    return present


def _switched(machine: Machine, times: Times, hour: float, what: str) -> Times:
    """The moment around that local hour of each time's day."""
    days = (times + LOCAL_OFFSET) // DAY
    around = hour + _GIVE_OR_TAKE * (2 * hashed(days, seed_of(machine.id, what)) - 1)
    return days * DAY - LOCAL_OFFSET + (around * HOUR).astype(np.int64)
