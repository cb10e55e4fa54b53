"""Columns said through others of their chunk, where that is exact and shorter.

All of it is integer arithmetic modulo 2**64. Floats take part as integers of 10**-exponent, and
only where that gives every one of them back bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.chunks.decimals import fewest_decimals, scaled
from homelab_cmd.history.chunks.integers import Body, Integers, read_integers, write_integers


class Relation(IntEnum):
    """How a column follows from others. Numbers are the format's, beside those of `Kind`."""

    COMPLEMENT = 16  # this + other = stream: a level and what is left
    ABOVE = 17  # this - other = stream: extremes, and what is often equal
    TOTAL = 18  # this - count x other = stream: a sum and a level of its window
    CUMULATIVE = 19  # difference of this - other = stream: a counter's last value and its increase
    PER_STEP = 20  # difference of this = quotient x difference of other + remainder
    PER_VALUE = 21  # this = quotient x other + remainder: bytes and packets of a window
    DERIVED = 22  # bits of this - bits of the family's formula = stream


@dataclass(frozen=True)
class Candidate:
    """A relation that may hold, and the ids of the columns it takes."""

    relation: Relation
    others: tuple[int, ...]


Others = Sequence[Integers]


def _complement(body: Body, this: Integers, others: Others) -> list[Any]:
    return write_integers(body, this + others[0])


def _read_complement(body: Body, streams: list[Any], others: Others) -> Integers:
    return read_integers(body, streams, len(others[0])) - others[0]


def _above(body: Body, this: Integers, others: Others) -> list[Any]:
    return write_integers(body, this - others[0])


def _read_above(body: Body, streams: list[Any], others: Others) -> Integers:
    return read_integers(body, streams, len(others[0])) + others[0]


def _total(body: Body, this: Integers, others: Others) -> list[Any]:
    return write_integers(body, this - others[0] * others[1])


def _read_total(body: Body, streams: list[Any], others: Others) -> Integers:
    return read_integers(body, streams, len(others[0])) + others[0] * others[1]


def _cumulative(body: Body, this: Integers, others: Others) -> list[Any]:
    steps = this - others[0]
    steps[1:] -= this[:-1]
    return write_integers(body, steps)


def _read_cumulative(body: Body, streams: list[Any], others: Others) -> Integers:
    return np.cumsum(read_integers(body, streams, len(others[0])) + others[0])


def _per_value(body: Body, this: Integers, others: Others) -> list[Any]:
    other = others[0]
    # A quotient by nothing, or of a counter that fell, says nothing: all is remainder then.
    quotient: Integers = np.where(
        (other > 0) & (this >= 0), this // np.maximum(other, 1), 0
    ).astype(np.int64)
    return [
        write_integers(body, quotient),
        write_integers(body, this - quotient * other),
    ]


def _read_per_value(body: Body, streams: list[Any], others: Others) -> Integers:
    quotient = read_integers(body, streams[0], len(others[0]))
    return quotient * others[0] + read_integers(body, streams[1], len(others[0]))


def _per_step(body: Body, this: Integers, others: Others) -> list[Any]:
    first = int(this[0])
    return [first, *_per_value(body, np.diff(this), [np.diff(others[0])])]


def _read_per_step(body: Body, streams: list[Any], others: Others) -> Integers:
    values = np.empty(len(others[0]), np.int64)
    values[0] = streams[0]
    values[1:] = _read_per_value(body, streams[1:], [np.diff(others[0])])
    return np.cumsum(values, out=values)


_WRITERS: dict[Relation, Callable[[Body, Integers, Others], list[Any]]] = {
    Relation.COMPLEMENT: _complement,
    Relation.ABOVE: _above,
    Relation.TOTAL: _total,
    Relation.CUMULATIVE: _cumulative,
    Relation.PER_STEP: _per_step,
    Relation.PER_VALUE: _per_value,
}
_READERS: dict[Relation, Callable[[Body, list[Any], Others], Integers]] = {
    Relation.COMPLEMENT: _read_complement,
    Relation.ABOVE: _read_above,
    Relation.TOTAL: _read_total,
    Relation.CUMULATIVE: _read_cumulative,
    Relation.PER_STEP: _read_per_step,
    Relation.PER_VALUE: _read_per_value,
}


def write_related(
    body: Body, relation: Relation, this: NDArray[Any], others: Sequence[NDArray[Any]]
) -> list[Any] | None:
    """The entry's `[is float, exponent, streams]`, or None where the relation can't be exact."""
    exponents = [_exponent(values) for values in (this, *others)]
    exponent = 0
    for each in exponents:
        if each is None:
            return None
        exponent = max(exponent, each)
    is_float = this.dtype == np.float64
    whole = _whole(relation, others, exponent)
    described = _WRITERS[relation](body, _integers(this, exponent), whole)
    return [is_float, exponent, described]


def read_related(
    body: Body, relation: Relation, rest: list[Any], others: Sequence[NDArray[Any]]
) -> NDArray[Any]:
    """The values of a related column. Raises ValueError for what no writer wrote."""
    is_float, exponent, described = rest
    values = _READERS[relation](body, described, _whole(relation, others, exponent))
    return values / 10**exponent if is_float else values


def _exponent(values: NDArray[Any]) -> int | None:
    """The decimals of a column: 0 of integers, None where a float is not exactly one."""
    return fewest_decimals(values, 0) if values.dtype == np.float64 else 0


def _whole(relation: Relation, others: Sequence[NDArray[Any]], exponent: int) -> list[Integers]:
    # A number of samples multiplies what is scaled, and so stays as it is.
    unscaled = 1 if relation is Relation.TOTAL else 0
    return [
        values.astype(np.int64) if position < unscaled else _integers(values, exponent)
        for position, values in enumerate(others)
    ]


def _integers(values: NDArray[Any], exponent: int) -> Integers:
    if values.dtype == np.float64:
        return scaled(values, exponent)
    return values.astype(np.int64) * np.int64(10**exponent)
