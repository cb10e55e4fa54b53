"""The general query: fields of the series of a family, as columns over one grid of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from homelab_agent.contract import Field, Role
from numpy.typing import NDArray
from sqlalchemy import Connection

from homelab_cmd.errors import Unprocessable
from homelab_cmd.history import rates
from homelab_cmd.history.interface import Column, HistoryEngine
from homelab_cmd.history.planner import Answer, Question, Series, answer
from homelab_cmd.metrics import columnar


class Aggregate(StrEnum):
    """What becomes of the samples of a window."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    LAST = "last"
    RATE = "rate"
    INCREASE = "increase"


# What of a window each is made of; the mean of a gauge comes with its extremes.
_PARTS = {
    Aggregate.AVG: {"sum", "count", "min", "max", "increase", "seconds", "covered"},
    Aggregate.RATE: {"increase", "seconds"},
    Aggregate.INCREASE: {"increase", "seconds"},
}
_ROLES = {
    Aggregate.MIN: {Role.GAUGE},
    Aggregate.MAX: {Role.GAUGE},
    Aggregate.RATE: {Role.COUNTER},
    Aggregate.INCREASE: {Role.COUNTER},
}


@dataclass(frozen=True)
class SeriesQuestion:
    """A question, how its values are made, and what the servers are called outside."""

    question: Question
    aggregate: Aggregate
    server_ids: Mapping[int, str]


def check_aggregate(aggregate: Aggregate, fields: Sequence[Field]) -> None:
    """Whether the fields have such values. Raises Unprocessable."""
    roles = _ROLES.get(aggregate)
    wrong = [field.name for field in fields if roles and field.role not in roles]
    if wrong:
        raise Unprocessable(
            f"agg: {wrong[0]} is a {next(f for f in fields if f.name == wrong[0]).role.value},"
            f" which has no {aggregate}",
            path=["query", "agg"],
        )


def read_series(
    engine: HistoryEngine, connection: Connection, asked: SeriesQuestion
) -> dict[str, Any]:
    """`{from, to, step_seconds, source, family, fields, series}`, times and columns as arrays."""
    parts = _PARTS.get(asked.aggregate, {asked.aggregate.value})
    found = answer(engine, connection, replace(asked.question, parts=parts))
    step_ms = found.plan.step_ms
    grid = _Grid.of(found) if step_ms else None
    return {
        "from": columnar.times(np.array([found.start_ms]))[0],
        "to": columnar.times(np.array([found.end_ms]))[0],
        "step_seconds": step_ms / 1_000 if step_ms else None,
        "source": found.plan.source.name,
        "family": asked.question.family.name,
        "fields": [field.name for field in asked.question.fields],
        "series": [_columns(series, asked, grid) for series in found.series],
    }


@dataclass(frozen=True, slots=True)
class _Grid:
    """The windows of a range, which all series of an answer share; their starts as JSON."""

    start_ms: int
    size: int
    timestamps: Any

    @classmethod
    def of(cls, found: Answer) -> _Grid:
        starts = np.arange(found.start_ms, found.end_ms, found.plan.step_ms, dtype=np.int64)
        return cls(found.start_ms, len(starts), columnar.shared(columnar.times(starts)))


def _columns(series: Series, asked: SeriesQuestion, grid: _Grid | None) -> dict[str, Any]:
    timestamps: Any
    if grid is not None:
        place, size = (series.time_ms - grid.start_ms) // series.step_ms, grid.size
        timestamps = grid.timestamps
    else:
        place, size, times = _with_gaps(series)
        timestamps = columnar.times(times)
    columns = {
        name: columnar.values(_spread(column, place, size))
        for field in asked.question.fields
        for name, column in field_columns(series, field, asked.aggregate).items()
    }
    return {
        "server_id": asked.server_ids[series.frame.server_key],
        "key": series.frame.key,
        "timestamps": timestamps,
        "columns": columns,
    }


def _with_gaps(series: Series) -> tuple[NDArray[np.int64], int, NDArray[np.int64]]:
    """Where samples go when a moment without values is put into every gap, and the times then."""
    gaps = rates.gaps(series.frame)[series.first :]
    gaps[:1] = False
    place = np.arange(len(gaps)) + np.cumsum(gaps)
    times = np.zeros(len(gaps) + int(gaps.sum()), np.int64)
    times[place] = series.time_ms
    interval = rates.intervals_ms(series.frame)[series.first :]
    positions = np.flatnonzero(gaps)
    times[place[positions] - 1] = series.time_ms[positions - 1] + interval[positions - 1]
    return place, len(times), times


def _spread(column: Column, place: NDArray[np.int64], size: int) -> Column:
    if len(place) == size:
        return column
    values = np.zeros(size, column.values.dtype)
    valid = np.zeros(size, np.bool_)
    values[place], valid[place] = column.values, column.mask()
    return Column(values, valid)


def field_columns(series: Series, field: Field, aggregate: Aggregate) -> dict[str, Column]:
    """The columns of a field by name: one, or the mean of a gauge with its extremes beside it.

    As `avg` a counter is its rate, and a state the share of the known time at what it counts.
    """
    if field.role is Role.COUNTER and aggregate in (Aggregate.AVG, Aggregate.RATE):
        return {field.name: series.rate(field)}
    if aggregate is Aggregate.INCREASE:
        return {field.name: series.increase(field)}
    if aggregate is Aggregate.AVG and field.role is Role.GAUGE and series.step_ms:
        return {
            field.name: series.level(field, "avg"),
            f"{field.name}.min": series.level(field, "min"),
            f"{field.name}.max": series.level(field, "max"),
        }
    return {field.name: series.level(field, aggregate)}
