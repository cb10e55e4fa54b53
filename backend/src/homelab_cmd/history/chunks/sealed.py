"""A server's sealed day, as payloads and back; and windows of roll-ups likewise.

A day is one chunk of the server's own (times, sequences, boots, intervals: shared by all series)
and one chunk a series, whose rows point into the first by position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from homelab_agent.contract import Family

from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.layout import (
    BOOT,
    INTERVAL,
    POSITION,
    SEQUENCE,
    TIME,
    ColumnPlan,
    empty_column,
    formulas,
    raw_plan,
    read_field,
    rollup_plan,
    write_field,
)
from homelab_cmd.history.chunks.payload import DamagedChunk, Payload, PayloadWriter
from homelab_cmd.history.chunks.samples import FAMILY_OF, Samples, SeriesName, SeriesSamples
from homelab_cmd.history.interface import Column, Frame


def times_payload(samples: Samples) -> bytes:
    """The server's own chunk."""
    writer = PayloadWriter(len(samples.time_ms), samples.boots)
    writer.add(TIME, Column(samples.time_ms))
    writer.add(SEQUENCE, samples.sequence)
    writer.add(BOOT, Column(samples.boot))
    writer.add(INTERVAL, Column(samples.interval_ms))
    return writer.payload()


def series_payload(name: SeriesName, samples: SeriesSamples) -> bytes:
    """The chunk of one series. Columns of fields that this program does not know are kept."""
    writer = PayloadWriter(len(samples.positions))
    writer.add(POSITION, Column(samples.positions))
    family = FAMILY_OF.get(name[0])
    plans = raw_plan(family) if family else ()
    for plan in plans:
        column = samples.columns.get(plan.identifier)
        if column is not None:
            write_field(writer, plan, column)
    declared = {plan.identifier for plan in plans}
    for identifier, column in samples.columns.items():
        if identifier not in declared:
            writer.add(identifier, column)
    return writer.payload()


@dataclass(frozen=True, slots=True)
class Times:
    """The heartbeats of a server's day; `boot` holds positions in `boots`, -1 for unknown."""

    time_ms: Integers
    sequence: Column
    boot: Integers
    interval_ms: Integers
    boots: list[str]


def read_times(payload: Payload) -> Times:
    """The server's own chunk, opened. Raises DamagedChunk."""
    return Times(
        needed(payload, TIME),
        payload.column(SEQUENCE) or empty_column(np.int64, payload.rows),
        needed(payload, BOOT),
        needed(payload, INTERVAL),
        list(payload.extra),
    )


def needed(payload: Payload, identifier: int) -> Integers:
    """A column without which the chunk says nothing. Raises DamagedChunk."""
    column = payload.column(identifier)
    if column is None or column.valid is not None or column.values.dtype != np.int64:
        raise DamagedChunk(f"column {identifier} is not what it must be")
    return column.values


def read_series(payload: Payload, family: str) -> SeriesSamples:
    """All columns of a series' chunk. Raises DamagedChunk."""
    declared = FAMILY_OF.get(family)
    known = formulas(declared) if declared else {}
    plans = {plan.identifier: plan for plan in raw_plan(declared)} if declared else {}
    columns = {}
    for identifier in payload.ids:
        if declared is not None and identifier in plans:
            columns[identifier] = read_field(payload, declared, plans[identifier])
        elif identifier != POSITION:
            column = payload.column(identifier, known)
            if column is not None:
                columns[identifier] = column
    return SeriesSamples(needed(payload, POSITION), columns)


def unknown_fields(payload: Payload, family: str) -> list[int]:
    """The numbers of fields that the chunk holds and the contract does not."""
    declared = FAMILY_OF.get(family)
    known = {plan.identifier // 16 for plan in raw_plan(declared)} if declared else set()
    return sorted({identifier // 16 for identifier in payload.ids if identifier >= 16} - known)


def windows_payload(family: Family, frame: Frame) -> bytes:
    """The chunk of a series' windows in a roll-up tier."""
    writer = PayloadWriter(len(frame.time_ms))
    writer.add(TIME, Column(frame.time_ms))
    for plan in rollup_plan(family):
        column = frame.columns.get(plan.name)
        if column is not None:
            write_field(writer, plan, column)
    return writer.payload()


def read_windows(
    payload: Payload, family: Family, plans: Sequence[ColumnPlan]
) -> tuple[Integers, list[Column]]:
    """The starts of the windows, and some of their columns. Raises DamagedChunk."""
    return needed(payload, TIME), [read_field(payload, family, plan) for plan in plans]
