"""One column of a chunk: values of a kind, and where there are none.

An entry is a msgpack list `[validity, kind, …]`. Only the values that are there are stored, so
`validity` is nil, or the lengths of alternating runs of present and absent rows, present first.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.chunks.decimals import exact_as, fewest_decimals, scaled
from homelab_cmd.history.chunks.fractions import as_fractions, from_fractions
from homelab_cmd.history.chunks.integers import (
    Body,
    Floats,
    Integers,
    read_floats,
    read_integers,
    write_floats,
    write_integers,
)
from homelab_cmd.history.interface import Column


class Kind(IntEnum):
    """How a column's values are written. Numbers are the format's: never reused."""

    CONSTANT = 0  # value
    INTEGERS = 1  # stream
    DECIMALS = 2  # exponent, positions of exceptions, the exceptions, stream of value x 10^exponent
    FLOATS = 3  # stream
    RUNS = 4  # dictionary, stream of indices, stream of lengths, number of runs
    BOOLEANS = 5  # first value, stream of lengths, number of runs
    FRACTIONS = 6  # stream of parts, stream of wholes: 100 x part / whole


# Where more values than this share resist scaling, the column is no decimal one.
_MAX_EXCEPTIONS = 1 / 32


def write_column(body: Body, column: Column) -> list[Any]:
    """Write a column's streams and return its entry."""
    values, validity = column.values, None
    if column.valid is not None and not column.valid.all():
        values = values[column.valid]
        validity = write_runs(body, column.valid, first=True)
    if len(values) == 0:
        return [validity, Kind.CONSTANT, None]
    if values.dtype == np.float64:
        return [validity, *_write_floats(body, values)]
    if (values == values[0]).all():
        return [validity, Kind.CONSTANT, values[0] if values.dtype == object else values[0].item()]
    if values.dtype == np.bool_:
        first = bool(values[0])
        return [validity, Kind.BOOLEANS, first, write_runs(body, values, first=first)]
    if values.dtype == object:
        return [validity, Kind.RUNS, *_write_texts(body, values)]
    return [validity, Kind.INTEGERS, write_integers(body, values)]


def read_column(body: Body, entry: list[Any], rows: int) -> Column:
    """The column of an entry. Raises ValueError for what no writer of this version wrote."""
    validity, kind, *rest = entry
    valid = None if validity is None else read_runs(body, validity, rows, first=True)
    count = rows if valid is None else int(valid.sum())
    values = _read_values(body, Kind(kind), rest, count)
    if valid is None:
        return Column(values)
    whole = np.full(rows, "", object) if values.dtype == object else np.zeros(rows, values.dtype)
    whole[valid] = values
    return Column(whole, valid)


def _read_values(body: Body, kind: Kind, rest: list[Any], count: int) -> NDArray[Any]:
    match kind:
        case Kind.CONSTANT:
            values = _constant(rest[0], count)
        case Kind.INTEGERS:
            values = read_integers(body, rest[0], count)
        case Kind.DECIMALS:
            values = _read_decimals(body, rest, count)
        case Kind.FRACTIONS:
            part, whole = (read_integers(body, stream, count) for stream in rest)
            values = from_fractions(part, whole)
        case Kind.FLOATS:
            values = read_floats(body, rest[0], count)
        case Kind.BOOLEANS:
            values = read_runs(body, rest[1], count, first=rest[0])
        case _:
            values = _read_texts(body, rest, count)
    return values


def _constant(value: Any, count: int) -> NDArray[Any]:
    if isinstance(value, str):
        return np.full(count, value, object)
    if isinstance(value, bytes):  # a float, bit for bit
        return np.full(count, np.frombuffer(value, np.float64)[0])
    # Null is a column without any value: its type is then what the reader asks for.
    return np.full(count, 0 if value is None else value)


def write_runs(body: Body, flags: NDArray[np.bool_], *, first: bool) -> list[Any]:
    """Write the lengths of alternating runs, the first of them of `first` and maybe empty."""
    edges = np.flatnonzero(flags[1:] != flags[:-1]) + 1
    lengths = np.diff(np.concatenate(([0], edges, [len(flags)])))
    if len(flags) and bool(flags[0]) is not first:
        lengths = np.concatenate(([0], lengths))
    return [len(lengths), write_integers(body, lengths.astype(np.int64))]


def read_runs(body: Body, described: list[Any], count: int, *, first: bool) -> NDArray[np.bool_]:
    """The flags that `write_runs` wrote. Raises ValueError where they are not `count`."""
    number, stream = described
    lengths = read_integers(body, stream, number)
    kinds = (np.arange(number) % 2 == 0) == first
    return _repeated(kinds, lengths, count)


def _write_texts(body: Body, values: NDArray[Any]) -> list[Any]:
    edges = np.flatnonzero(values[1:] != values[:-1]) + 1
    starts = np.concatenate(([0], edges)).astype(np.int64)
    words: dict[str, int] = {}
    indices = [words.setdefault(values[start], len(words)) for start in starts.tolist()]
    lengths = np.diff(np.concatenate((starts, [len(values)]))).astype(np.int64)
    return [
        list(words),
        write_integers(body, np.array(indices, np.int64)),
        write_integers(body, lengths),
        len(lengths),
    ]


def _read_texts(body: Body, rest: list[Any], count: int) -> NDArray[Any]:
    words, indices, lengths, number = rest
    dictionary = np.array(words, object)
    positions = read_integers(body, indices, number)
    return _repeated(dictionary[positions], read_integers(body, lengths, number), count)


def _repeated(values: NDArray[Any], lengths: Integers, count: int) -> NDArray[Any]:
    if (lengths < 0).any() or int(lengths.sum()) != count:
        raise ValueError("runs do not add up to the column's rows")
    return np.repeat(values, lengths)


def _write_floats(body: Body, values: Floats) -> list[Any]:
    bits = values.view(np.int64)
    if (bits == bits[0]).all():
        return [Kind.CONSTANT, values[:1].tobytes()]
    exponent = fewest_decimals(values, int(len(values) * _MAX_EXCEPTIONS))
    if exponent is None:
        fractions = as_fractions(values)
        if fractions is None:
            return [Kind.FLOATS, write_floats(body, values)]
        return [Kind.FRACTIONS, *(write_integers(body, numbers) for numbers in fractions)]
    numbers = scaled(values, exponent)
    exceptions = np.flatnonzero(~exact_as(values, exponent))
    # What is no decimal repeats the number before it, so that it costs the stream nothing.
    for position in exceptions.tolist():
        numbers[position] = numbers[position - 1] if position else 0
    return [
        Kind.DECIMALS,
        exponent,
        exceptions.tolist(),
        values[exceptions].tobytes(),
        write_integers(body, numbers),
    ]


def _read_decimals(body: Body, rest: list[Any], count: int) -> Floats:
    exponent, positions, exceptions, stream = rest
    values: Floats = read_integers(body, stream, count) / 10**exponent
    values[positions] = np.frombuffer(exceptions, np.float64)
    return values
