"""Roll-ups against the samples that they were made from, for any engine.

A day of a server is read raw, rolled up anew, and compared with what is kept. The window that
holds a series' first sample is left out where nothing precedes it: what it was measured against
may be pruned, or damaged and set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from homelab_agent.contract import FAMILIES, Family, Role
from numpy.typing import NDArray
from sqlalchemy import Connection

from homelab_cmd.history import rollup
from homelab_cmd.history.ephemeral import SUMMED_KEY, is_ephemeral
from homelab_cmd.history.interface import Column, Frame, HistoryEngine, Selection, SeriesDay
from homelab_cmd.history.tiers import DAY, DAY_MS, RAW, ROLLUP_TIERS, Tier, floor_to

Difference = tuple[SeriesDay, str]


def days_to_compare(
    connection: Connection, engine: HistoryEngine, server_keys: Sequence[int], now_ms: int
) -> list[tuple[int, int]]:
    """(server, day) of all that may have samples and roll-ups: past days above the raw floor."""
    floor_ms = engine.floors(connection).get(RAW.name, 0)
    today_ms = floor_to(now_ms, DAY_MS)
    days = []
    for server_key in server_keys:
        first_ms = first_day(connection, engine, server_key, floor_ms, today_ms)
        days += [(server_key, day_ms) for day_ms in range(first_ms, today_ms, DAY_MS)]
    return days


def first_day(
    connection: Connection, engine: HistoryEngine, server_key: int, floor_ms: int, end_ms: int
) -> int:
    """The first day with a window, `end_ms` where there is none."""
    first_ms = end_ms
    for family in FAMILIES:
        columns = rollup.columns(family)[:1]
        names = [column.name for column in columns]
        which = Selection([server_key], family, None, names, floor_ms, end_ms, DAY)
        for frame in engine.range(connection, which):
            first_ms = min(first_ms, int(frame.time_ms[0]))
    return first_ms


def differences(
    connection: Connection, engine: HistoryEngine, server_key: int, day_ms: int
) -> Iterator[Difference]:
    """The series of a server's day whose roll-ups are not what their samples come to."""
    floors = engine.floors(connection)
    for family in FAMILIES:
        samples = [
            frame
            for frame in engine.range(connection, _raw(server_key, family, day_ms))
            if not is_ephemeral(family.name, frame.key)
        ]
        if not samples:
            continue
        for tier in ROLLUP_TIERS:
            if floors.get(tier.name, 0) <= day_ms:
                kept = _kept(connection, engine, server_key, family, day_ms, tier)
                yield from _differing(family, samples, kept, tier, day_ms)


def _raw(server_key: int, family: Family, day_ms: int) -> Selection:
    fields = [field.name for field in family.values if field.role is not Role.LABEL]
    end_ms = day_ms + DAY_MS
    return Selection([server_key], family, None, fields, day_ms, end_ms, RAW, lead=True)


def _kept(
    connection: Connection,
    engine: HistoryEngine,
    server_key: int,
    family: Family,
    day_ms: int,
    tier: Tier,
) -> dict[str, Frame]:
    names = [column.name for column in rollup.columns(family)]
    which = Selection([server_key], family, None, names, day_ms, day_ms + DAY_MS, tier)
    return {frame.key: frame for frame in engine.range(connection, which)}


def _differing(
    family: Family, samples: Sequence[Frame], kept: dict[str, Frame], tier: Tier, day_ms: int
) -> Iterator[Difference]:
    for frame in samples:
        expected = rollup.roll_up(family, frame, tier.step_ms, day_ms)
        if expected is None or frame.key == SUMMED_KEY:
            continue
        if int(frame.time_ms[0]) >= day_ms:  # nothing precedes it
            expected = expected.take(slice(1, None))
        wrong = _what_differs(expected, kept.get(frame.key))
        if wrong:
            yield SeriesDay(frame.server_key, family, frame.key, day_ms), f"{tier.name}: {wrong}"


def _what_differs(expected: Frame, found: Frame | None) -> str | None:
    if found is None or not len(found.time_ms):
        return "no window is kept" if len(expected.time_ms) else None
    _, here, there = np.intersect1d(
        expected.time_ms, found.time_ms, assume_unique=True, return_indices=True
    )
    if len(here) != len(expected.time_ms):
        return f"{len(expected.time_ms) - len(here)} windows are missing"
    for name, column in expected.columns.items():
        wrong = _unlike(column, found.columns[name].take(there))
        if wrong.any():
            return f"{name} is another in {int(wrong.sum())} windows"
    return None


def _unlike(expected: Column, found: Column) -> NDArray[np.bool_]:
    """Where two columns differ. No value and a count of nothing are the same.

    Windows from before a field was declared say nothing about it.
    """
    both = expected.mask() & found.mask()
    one = expected.mask() != found.mask()
    if expected.values.dtype == np.float64:
        equal = np.isclose(expected.values, found.values, rtol=1e-9, atol=1e-6)
        nothing = np.where(expected.mask(), expected.values, found.values) == 0
    else:
        equal = expected.values == found.values
        nothing = ~np.where(expected.mask(), expected.values, found.values).astype(np.bool_)
    unlike: NDArray[np.bool_] = (both & ~equal) | (one & ~nothing)
    return unlike
