"""Series without a stable name (veth…): raw for a week, no roll-ups, one summed series beside them.

The sum holds what their counters rose by, so that nothing is missing where all traffic is added up;
levels and states of things that come and go say nothing as a sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from homelab_agent.contract import FAMILIES, Family, Role
from numpy.typing import NDArray

from homelab_cmd.history import frames, rollup
from homelab_cmd.history.interface import Column, Frame

SUMMED_KEY = "(ephemeral)"

EPHEMERAL = {family.name: re.compile(family.ephemeral) for family in FAMILIES if family.ephemeral}


def is_ephemeral(family: str, key: str) -> bool:
    """Whether the series has no stable name."""
    pattern = EPHEMERAL.get(family)
    return pattern is not None and pattern.match(key) is not None


def summed_by_server(family: Family, rolled: Iterable[Frame]) -> list[Frame]:
    """Of windows the ephemeral series' sums, one series a server."""
    by_server: dict[int, list[Frame]] = {}
    for frame in rolled:
        if is_ephemeral(family.name, frame.key):
            by_server.setdefault(frame.server_key, []).append(frame)
    return [summed(family, of_server) for of_server in by_server.values()]


def summed(family: Family, rolled: Sequence[Frame]) -> Frame:
    """The windows of several series of a server, of which there is one at least, as one series."""
    joined = frames.join([Frame(f.server_key, SUMMED_KEY, f.time_ms, f.columns) for f in rolled])
    time_ms, place = np.unique(joined.time_ms, return_inverse=True)
    columns = {}
    for part in rollup.columns(family):
        dtype = rollup.dtype_of(part.type)
        column = joined.columns.get(part.name)
        if part.field.role is Role.COUNTER and column is not None:
            columns[part.name] = _merged(column, place, len(time_ms), part.part)
        elif part.part in ("min", "max", "last"):
            blank = "" if dtype is np.object_ else 0
            nothing = np.zeros(len(time_ms), np.bool_)
            columns[part.name] = Column(np.full(len(time_ms), blank, dtype), nothing)
        else:
            columns[part.name] = Column(np.zeros(len(time_ms), dtype))
    return Frame(joined.server_key, SUMMED_KEY, time_ms, columns)


def _merged(column: Column, place: NDArray[np.int64], size: int, part: str) -> Column:
    values = np.where(column.mask(), column.values, 0).astype(column.values.dtype)
    merged = np.zeros(size, values.dtype)
    # The series were counted at the same time: together they cover it once.
    (np.maximum if part == "seconds" else np.add).at(merged, place, values)
    return Column(merged)
