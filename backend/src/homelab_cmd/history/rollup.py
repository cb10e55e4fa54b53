"""Roll-ups: what a window of samples comes to, by the kind of each field.

Always recomputed from raw samples, or combined from finer windows, which comes to the same; never
incremented. A window depends on the rows within it and on the one row before them: the increase
between two samples belongs to the window of the later one, and so does the time between them in
which a state is known.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from homelab_agent.contract import Family, Field, Role
from numpy.typing import NDArray

from homelab_cmd.history import rates
from homelab_cmd.history.interface import Column, Frame

_PARTS = {
    Role.GAUGE: ("sum", "count", "min", "max", "last"),
    Role.COUNTER: ("increase", "seconds", "resets", "last"),
    Role.STATE: ("seconds", "covered", "changes", "last"),
}
# Parts that are numbers of their own; the others bear the type of the field.
_PART_TYPES: dict[str, type[int | float]] = {
    "sum": float,
    "count": int,
    "seconds": float,
    "covered": float,
    "resets": int,
    "changes": int,
}
_DTYPES: dict[type, type[np.generic]] = {
    int: np.int64,
    float: np.float64,
    bool: np.bool_,
    str: np.object_,
}


@dataclass(frozen=True)
class RollupColumn:
    """A column of a roll-up: `name` is `used_bytes.sum`, `column` the database's."""

    field: Field
    part: str

    @property
    def name(self) -> str:
        return f"{self.field.name}.{self.part}"

    @property
    def column(self) -> str:
        return f"{self.field.column}_{self.part}"

    @property
    def type(self) -> type[int] | type[float] | type[bool] | type[str]:
        return _PART_TYPES.get(self.part, self.field.type)


@cache
def columns(family: Family) -> tuple[RollupColumn, ...]:
    """What the family's roll-ups hold, in declared order. Labels are not rolled up."""
    return tuple(
        RollupColumn(field, part) for field in family.values for part in _PARTS.get(field.role, ())
    )


def dtype_of(plain: type) -> type[np.generic]:
    """The numpy type of a contract type."""
    return _DTYPES[plain]


class _Windows:
    """Rows in groups that follow each other, and what each group comes to."""

    def __init__(self, window_ms: NDArray[np.int64]) -> None:
        changes = np.flatnonzero(np.diff(window_ms)) + 1
        self.starts = np.concatenate(([0], changes))
        self.time_ms = window_ms[self.starts]
        self._position = np.arange(len(window_ms))

    def add(self, values: NDArray[Any]) -> NDArray[Any]:
        return np.add.reduceat(values, self.starts)

    def count(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.add.reduceat(mask, self.starts, dtype=np.int64)

    def smallest(self, column: Column) -> Column:
        return self._extreme(column, np.minimum, _largest_of(column.values.dtype))

    def largest(self, column: Column) -> Column:
        return self._extreme(column, np.maximum, -_largest_of(column.values.dtype))

    def _extreme(self, column: Column, choose: np.ufunc, neutral: float) -> Column:
        if column.valid is None:
            return Column(choose.reduceat(column.values, self.starts))
        values = np.where(column.valid, column.values, neutral).astype(column.values.dtype)
        return _with_mask(choose.reduceat(values, self.starts), self.count(column.valid) > 0)

    def last(self, column: Column) -> Column:
        """The last value there is in each group."""
        position = np.where(column.mask(), self._position, -1)
        newest = np.maximum.reduceat(position, self.starts)
        return _with_mask(column.values[newest], newest >= 0)


def _largest_of(dtype: np.dtype[Any]) -> float:
    return np.iinfo(np.int64).max if dtype == np.int64 else np.inf


def _with_mask(values: NDArray[Any], valid: NDArray[np.bool_]) -> Column:
    return Column(values, None if valid.all() else valid)


def roll_up(
    family: Family,
    frame: Frame,
    step_ms: int,
    start_ms: int,
    names: Container[str] | None = None,
) -> Frame | None:
    """The windows of `step_ms` from `start_ms` on, from a frame of raw samples.

    The frame may begin with samples before `start_ms`: the last of them is what the first window's
    increases are measured against. Fields that the frame lacks are left out; a counter wants the
    link's speed beside it where the family has one. None where no sample lies in a window.

    A row whose gate does not say that its numbers are of now adds its state alone. Of the columns
    only those among `names` are made, where they are given.
    """
    inside = int(np.searchsorted(frame.time_ms, start_ms))
    if inside == len(frame.time_ms):
        return None
    times = frame.time_ms[inside:]
    windows = _Windows(times - times % step_ms)
    frame = _of_now(family, frame)
    result: dict[str, Column] = {}
    for field in family.values:
        column = frame.columns.get(field.name)
        if column is None or field.role is Role.LABEL:
            continue
        if field.role is Role.GAUGE:
            parts = _gauge(windows, column.take(slice(inside, None)))
        elif field.role is Role.COUNTER:
            parts = _counter(windows, rates.increases(family, field, frame), column, inside)
        else:
            parts = _state(windows, field, frame, column, inside)
        for part, make in parts.items():
            name = f"{field.name}.{part}"
            if names is None or name in names:
                result[name] = make()
    return Frame(frame.server_key, frame.key, windows.time_ms, result)


def _of_now(family: Family, frame: Frame) -> Frame:
    """The frame without the values of rows whose gate says that they are old."""
    gate = family.gate
    if gate is None or gate.name not in frame.columns:
        return frame
    state = frame.columns[gate.name]
    current = ~state.mask() | (state.values == gate.spec.counts)
    if current.all():
        return frame
    columns = {
        name: column if name == gate.name else Column(column.values, column.mask() & current)
        for name, column in frame.columns.items()
    }
    return replace(frame, columns=columns)


def needs_lead(family: Family, names: Iterable[str]) -> bool:
    """Whether these fields, or columns of a roll-up, say something of the sample before."""
    fields = {name.partition(".")[0] for name in names}
    return any(family.field(name).role in (Role.COUNTER, Role.STATE) for name in fields)


def raw_fields(family: Family, names: Iterable[str]) -> list[str]:
    """The fields of raw samples from which these columns of a roll-up are made."""
    wanted = {name.partition(".")[0] for name in names}
    if family.gate:
        wanted.add(family.gate.name)
    link = rates.link_field(family)
    if link and any(family.field(name).role is Role.COUNTER for name in wanted):
        wanted.add(link.name)
    return [field.name for field in family.values if field.name in wanted]


# How each part of a field is made: roll-ups hold all of them, a question wants some.
_Parts = dict[str, Callable[[], Column]]


def _gauge(windows: _Windows, column: Column) -> _Parts:
    values = column.values
    present = values if column.valid is None else np.where(column.valid, values, 0)
    return {
        "sum": lambda: Column(windows.add(present.astype(np.float64))),
        "count": lambda: Column(windows.count(column.mask())),
        "min": lambda: windows.smallest(column),
        "max": lambda: windows.largest(column),
        "last": lambda: windows.last(column),
    }


def _counter(windows: _Windows, rise: rates.Increases, column: Column, inside: int) -> _Parts:
    return {
        "increase": lambda: Column(windows.add(rise.amount[inside:])),
        "seconds": lambda: Column(windows.add(rise.span_ms[inside:]) / 1_000),
        "resets": lambda: Column(windows.count(rise.flag[inside:] == rates.Flag.RESET)),
        "last": lambda: windows.last(column.take(slice(inside, None))),
    }


def _state(windows: _Windows, field: Field, frame: Frame, column: Column, inside: int) -> _Parts:
    valid, values = column.mask(), column.values
    covered = np.where(valid, rates.covered_ms(frame), 0)
    at_counted = valid & (values == field.spec.counts)
    changed = np.zeros(len(values), np.bool_)
    neighbours = valid[1:] & valid[:-1] & rates.follows(frame)
    changed[1:] = neighbours & (values[1:] != values[:-1])
    return {
        "seconds": lambda: Column(windows.add(np.where(at_counted, covered, 0)[inside:]) / 1_000),
        "covered": lambda: Column(windows.add(covered[inside:]) / 1_000),
        "changes": lambda: Column(windows.count(changed[inside:])),
        "last": lambda: windows.last(column.take(slice(inside, None))),
    }


def combine(frame: Frame, step_ms: int) -> Frame:
    """Windows of a roll-up joined into longer ones: sums of sums, extremes of extremes."""
    if len(frame.time_ms) == 0:
        return frame
    windows = _Windows(frame.time_ms - frame.time_ms % step_ms)
    joined = {name: _join(windows, name, column) for name, column in frame.columns.items()}
    return Frame(frame.server_key, frame.key, windows.time_ms, joined)


def _join(windows: _Windows, name: str, column: Column) -> Column:
    part = name.rpartition(".")[2]
    if part == "min":
        return windows.smallest(column)
    if part == "max":
        return windows.largest(column)
    if part == "last":
        return windows.last(column)
    present = column.values if column.valid is None else np.where(column.valid, column.values, 0)
    return Column(windows.add(present))
