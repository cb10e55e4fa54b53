"""Heartbeats as columns: what the log's records become, what a sealed day holds, and their union.

`Samples` are the heartbeats of one server in the order of their times, which are unique, and the
series in them; a series says by position which heartbeats it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from homelab_agent.contract import FAMILIES, Family
from numpy.typing import NDArray

from homelab_cmd.history import rollup
from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.layout import column_id, empty_column
from homelab_cmd.history.chunks.records import Record
from homelab_cmd.history.frames import column_of, join_columns
from homelab_cmd.history.interface import Column

FAMILY_OF: dict[str, Family] = {family.name: family for family in FAMILIES}

SeriesName = tuple[str, str]  # family and key


@dataclass(slots=True)
class SeriesSamples:
    """A series: the positions of its heartbeats, ascending, and its columns by their ids."""

    positions: Integers
    columns: dict[int, Column]


@dataclass(slots=True)
class Samples:
    """Heartbeats of one server. `boot` holds positions in `boots`, -1 where it is unknown."""

    server_key: int
    time_ms: Integers
    sequence: Column
    boot: Integers
    interval_ms: Integers
    boots: list[str]
    series: dict[SeriesName, SeriesSamples] = field(default_factory=dict)

    def take(self, chosen: NDArray[np.bool_]) -> Samples:
        """The heartbeats at a mask; series that are in none of them are left out."""
        renumbered = np.cumsum(chosen) - 1
        series = {}
        for name, samples in self.series.items():
            mask = chosen[samples.positions]
            if mask.any():
                series[name] = SeriesSamples(
                    renumbered[samples.positions[mask]],
                    {number: column.take(mask) for number, column in samples.columns.items()},
                )
        return Samples(
            self.server_key,
            self.time_ms[chosen],
            self.sequence.take(chosen),
            self.boot[chosen],
            self.interval_ms[chosen],
            self.boots,
            series,
        )


@dataclass(slots=True, frozen=True)
class LoggedHeartbeat:
    """A row of the log, decoded."""

    time_ms: int
    sequence: int | None
    record: Record


def from_log(server_key: int, logged: Sequence[LoggedHeartbeat]) -> Samples:
    """The heartbeats of one server, which ascend and are at least one, as columns."""
    runs = [_of_one_layout(server_key, run) for run in _runs_of_one_layout(logged)]
    samples = runs[0]
    for run in runs[1:]:
        samples = union(samples, run)
    return samples


def _runs_of_one_layout(logged: Sequence[LoggedHeartbeat]) -> Iterator[list[LoggedHeartbeat]]:
    """Runs in which each family always has the same fields: the log may span an upgrade."""
    numbers_of: dict[str, list[int]] = {}
    run: list[LoggedHeartbeat] = []
    for each in logged:
        families = each.record.families
        if any(numbers_of.setdefault(name, numbers) != numbers for name, numbers, _ in families):
            yield run
            run = []
            numbers_of = {name: numbers for name, numbers, _ in families}
        run.append(each)
    yield run


def _of_one_layout(server_key: int, logged: Sequence[LoggedHeartbeat]) -> Samples:
    boots: dict[str, int] = {}
    codes = [
        -1 if each.record.boot_id is None else boots.setdefault(each.record.boot_id, len(boots))
        for each in logged
    ]
    # By series its rows, by position: of a key that a heartbeat names twice, the last row counts.
    collected: dict[SeriesName, tuple[list[int], dict[int, list[Any]]]] = {}
    for position, each in enumerate(logged):
        for family, numbers, rows in each.record.families:
            for row in rows:
                name = family, row[0]
                found = collected.get(name)
                if found is None:
                    found = collected[name] = numbers, {}
                found[1][position] = row
    series = {
        name: _columns(name[0], numbers, by_position)
        for name, (numbers, by_position) in collected.items()
    }
    return Samples(
        server_key,
        np.array([each.time_ms for each in logged], np.int64),
        column_of([each.sequence for each in logged], np.int64),
        np.array(codes, np.int64),
        np.array([each.record.interval_ms or 0 for each in logged], np.int64),
        list(boots),
        series,
    )


def _columns(family: str, numbers: list[int], rows: dict[int, list[Any]]) -> SeriesSamples:
    dtypes = _dtypes(family)
    _, *by_field = zip(*rows.values(), strict=True)
    columns = {}
    for number, values in zip(numbers, by_field, strict=True):
        identifier = number * 16
        columns[identifier] = column_of(values, dtypes.get(identifier) or _dtype_like(values))
    return SeriesSamples(np.array(list(rows), np.int64), columns)


@cache
def _dtypes(family: str) -> dict[int, type[np.generic]]:
    declared = FAMILY_OF.get(family)
    values = declared.values if declared else ()
    return {column_id(field): rollup.dtype_of(field.type) for field in values}


def _dtype_like(values: Sequence[Any]) -> type[np.generic]:
    """The type of a field that this program does not know, from its values."""
    kinds = {type(value) for value in values if value is not None}
    return rollup.dtype_of(kinds.pop()) if len(kinds) == 1 else np.object_


def union(old: Samples, new: Samples) -> Samples:
    """Both by time; where both have a heartbeat of the same time, the old one stays."""
    fresh = ~np.isin(new.time_ms, old.time_ms)
    if not fresh.all():
        new = new.take(fresh)
    if len(new.time_ms) == 0:
        return old
    boots = {boot: code for code, boot in enumerate(old.boots)}
    # The last entry translates -1, which is no boot.
    codes = np.array([*(boots.setdefault(boot, len(boots)) for boot in new.boots), -1], np.int64)
    time_ms = np.concatenate((old.time_ms, new.time_ms))
    order = np.argsort(time_ms, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    merged = Samples(
        old.server_key,
        time_ms[order],
        join_columns([old.sequence, new.sequence]).take(order),
        np.concatenate((old.boot, codes[new.boot]))[order],
        np.concatenate((old.interval_ms, new.interval_ms))[order],
        list(boots),
    )
    shifted = place[len(old.time_ms) :]
    for name in dict.fromkeys((*old.series, *new.series)):
        parts = []
        if name in old.series:
            parts.append((place[old.series[name].positions], old.series[name].columns))
        if name in new.series:
            parts.append((shifted[new.series[name].positions], new.series[name].columns))
        merged.series[name] = joined(parts)
    return merged


def joined(parts: Sequence[tuple[Integers, Mapping[int, Column]]]) -> SeriesSamples:
    """Positions and columns of one series, from parts that share no position."""
    positions = np.concatenate([part[0] for part in parts])
    order = np.argsort(positions, kind="stable")
    columns = {}
    for identifier in dict.fromkeys(each for _, found in parts for each in found):
        columns[identifier] = _end_to_end(
            [(len(places), found.get(identifier)) for places, found in parts]
        ).take(order)
    return SeriesSamples(positions[order], columns)


def _end_to_end(parts: Sequence[tuple[int, Column | None]]) -> Column:
    """Columns of one field; one that is not there is as long as its part says, and all null.

    Of two types, as where a field changed its own, the last one's counts.
    """
    dtype = [column.values.dtype for _, column in parts if column is not None][-1].type
    return join_columns(
        [
            empty_column(dtype, length) if column is None else _as_type(column, dtype)
            for length, column in parts
        ]
    )


def _as_type(column: Column, dtype: type[np.generic]) -> Column:
    if column.values.dtype == dtype:
        return column
    if column.valid is not None and not column.valid.any():
        return empty_column(dtype, len(column.values))
    return Column(column.values.astype(dtype), column.valid)
