"""How a family's columns are laid out in a chunk: their ids, their types, what they follow from.

A column's id is `number x 16 + part`: the field's number of the contract, which is never reused,
and what of it the column holds. Ids below 16 belong to the chunk itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from homelab_agent.contract import Family, Field
from numpy.typing import NDArray

from homelab_cmd.history import rollup
from homelab_cmd.history.chunks.payload import DamagedChunk, Formula, Payload, PayloadWriter
from homelab_cmd.history.chunks.relations import Candidate, Relation
from homelab_cmd.history.interface import Column

# Columns of the chunk itself. Raw chunks say which heartbeats of their server's day they hold
# (POSITION), roll-ups say their windows (TIME); the others stand in the server's own time chunk.
TIME = 0
POSITION = 1
SEQUENCE = 2
BOOT = 3
INTERVAL = 4

# Numbers are the format's: never reused.
PARTS = {
    "": 0,
    "sum": 1,
    "count": 2,
    "min": 3,
    "max": 4,
    "last": 5,
    "increase": 6,
    "seconds": 7,
    "resets": 8,
    "covered": 9,
    "changes": 10,
}


@dataclass(frozen=True)
class ColumnPlan:
    """A column of a family's chunks. Of a derived one the formula, and what it may take."""

    name: str
    identifier: int
    dtype: type[np.generic]
    candidates: tuple[Candidate, ...] = ()
    formula: Formula | None = None
    inputs: tuple[tuple[int, ...], ...] = ()


def column_id(field: Field, part: str = "") -> int:
    """The id of a field's raw column, or of a part of its roll-up."""
    return field.spec.number * 16 + PARTS[part]


@cache
def raw_plan(family: Family) -> tuple[ColumnPlan, ...]:
    """The columns of raw samples, each after those that it may follow from."""
    plans = [_raw_column(family, field) for field in family.values]
    return tuple(sorted(plans, key=lambda plan: (bool(plan.formula), bool(plan.candidates))))


def _raw_column(family: Family, field: Field) -> ColumnPlan:
    spec, dtype = field.spec, rollup.dtype_of(field.type)
    if spec.derive is not None:
        inputs = tuple(column_id(family.field(name)) for name in spec.derive.inputs)
        formula = _formula(spec.derive.function)
        return ColumnPlan(field.name, column_id(field), dtype, (), formula, (inputs,))
    candidates = []
    if spec.complement is not None:
        other = column_id(family.field(spec.complement))
        candidates.append(Candidate(Relation.COMPLEMENT, (other,)))
    if spec.per is not None:
        other = column_id(family.field(spec.per))
        candidates.append(Candidate(Relation.PER_STEP, (other,)))
    return ColumnPlan(field.name, column_id(field), dtype, tuple(candidates))


@cache
def rollup_plan(family: Family) -> tuple[ColumnPlan, ...]:
    """The columns of roll-ups, each after those that it may follow from."""
    order = ("count", "min", "max", "increase", "last", "sum", "seconds", "covered")
    columns = sorted(
        rollup.columns(family),
        key=lambda column: (
            # What others follow from comes first; within a field extremes before the sum.
            column.field.spec.derive is not None,
            column.field.spec.per is not None,
            column.field.spec.complement is not None,
        ),
    )
    first_of: dict[str, int] = {}
    plans = []
    by_field: dict[str, list[rollup.RollupColumn]] = {}
    for column in columns:
        by_field.setdefault(column.field.name, []).append(column)
    for parts in by_field.values():
        parts.sort(key=lambda column: order.index(column.part) if column.part in order else 0)
        plans += [_rollup_column(family, column, first_of) for column in parts]
    return tuple(plans)


def _rollup_column(
    family: Family, column: rollup.RollupColumn, first_of: dict[str, int]
) -> ColumnPlan:
    """`first_of` holds, by part, the first field's column: time spans are mostly those of all."""
    field, part = column.field, column.part
    own = {name: column_id(field, name) for name in PARTS}
    if field.spec.derive is not None and part in _SOURCES:
        return _derived_rollup(family, column)
    candidates: list[Candidate] = []
    if part in ("max", "last"):
        candidates.append(Candidate(Relation.ABOVE, (own["min"],)))
    if part == "last":
        candidates.append(Candidate(Relation.ABOVE, (own["max"],)))
        candidates.append(Candidate(Relation.CUMULATIVE, (own["increase"],)))
    if part == "sum":
        candidates += [
            Candidate(Relation.TOTAL, (own["count"], own[name])) for name in ("min", "last")
        ]
    if part == "covered":
        candidates.append(Candidate(Relation.ABOVE, (own["seconds"],)))
    if part in ("count", "seconds", "covered") and part in first_of:
        candidates.append(Candidate(Relation.ABOVE, (first_of[part],)))
    first_of.setdefault(part, own[part])
    if part == "increase" and field.spec.per is not None:
        other = column_id(family.field(field.spec.per), part)
        candidates.append(Candidate(Relation.PER_VALUE, (other,)))
    if field.spec.complement is not None and part in ("min", "max", "last", "sum"):
        opposite = {"min": "max", "max": "min"}.get(part, part)
        other = column_id(family.field(field.spec.complement), opposite)
        candidates.append(Candidate(Relation.COMPLEMENT, (other,)))
    return ColumnPlan(column.name, own[part], rollup.dtype_of(column.type), tuple(candidates))


# Of which parts of its inputs a part of a derived gauge is made: its least may come of the most of
# an input, so each of both is tried.
_SOURCES = {"last": ("last",), "min": ("min", "max"), "max": ("min", "max"), "sum": ("sum",)}


def _derived_rollup(family: Family, column: rollup.RollupColumn) -> ColumnPlan:
    derive = column.field.spec.derive
    assert derive is not None  # noqa: S101 - asked by the caller
    formula = _formula(derive.function)
    fields = [family.field(name) for name in derive.inputs]
    inputs = tuple(
        tuple(column_id(field, part) for field, part in zip(fields, parts, strict=True))
        for parts in product(_SOURCES[column.part], repeat=len(fields))
    )
    if column.part == "sum":
        # Near enough: the formula of the sums, as often as there were samples.
        inputs = ((column_id(column.field, "count"), *inputs[0]),)
        formula = _times_count(formula)
    name, identifier = column.name, column_id(column.field, column.part)
    return ColumnPlan(name, identifier, np.float64, (), formula, inputs)


def _times_count(formula: Formula) -> Formula:
    def over_arrays(inputs: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return inputs[0] * formula(inputs[1:])

    return over_arrays


def _formula(function: Callable[..., float]) -> Formula:
    """The contract's scalar function over arrays, called once per run of equal inputs."""

    def over_arrays(inputs: Sequence[NDArray[Any]]) -> NDArray[Any]:
        count = len(inputs[0])
        changed = np.zeros(count, np.bool_)
        changed[:1] = True
        for values in inputs:
            changed[1:] |= values[1:] != values[:-1]
        starts = np.flatnonzero(changed)
        scalars = zip(*(values[starts].tolist() for values in inputs), strict=True)
        results = np.array([float(function(*each)) for each in scalars], np.float64)
        return np.repeat(results, np.diff(np.append(starts, count)))

    return over_arrays


@cache
def formulas(family: Family) -> dict[int, Formula]:
    """How the family's derived columns are computed, by id."""
    plans = (*raw_plan(family), *rollup_plan(family))
    return {plan.identifier: plan.formula for plan in plans if plan.formula}


def write_field(writer: PayloadWriter, plan: ColumnPlan, column: Column) -> None:
    """Write a column as its plan says; after those that the plan refers to."""
    if plan.formula is not None:
        writer.add_derived(plan.identifier, column, plan.inputs, plan.formula)
    else:
        writer.add(plan.identifier, column, plan.candidates)


def read_field(payload: Payload, family: Family, plan: ColumnPlan) -> Column:
    """A column as the contract types it today, all null where the chunk has none of it.

    Raises DamagedChunk.
    """
    column = payload.column(plan.identifier, formulas(family))
    if column is None:
        return empty_column(plan.dtype, payload.rows)
    if column.values.dtype == plan.dtype:
        return column
    if column.valid is not None and not column.valid.any():
        return empty_column(plan.dtype, payload.rows)
    try:
        return Column(column.values.astype(plan.dtype), column.valid)
    except (ValueError, TypeError) as error:
        raise DamagedChunk(f"column {plan.identifier} is of another type: {error}") from error


def empty_column(dtype: type[np.generic], rows: int) -> Column:
    """A column without a value."""
    blank: Any = "" if dtype is np.object_ else 0
    return Column(np.full(rows, blank, dtype), np.zeros(rows, np.bool_))
