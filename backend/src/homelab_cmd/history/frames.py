"""Putting pieces of a series together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homelab_cmd.history.interface import Column, Frame


def column_of(values: Sequence[Any], dtype: type[np.generic]) -> Column:
    """A column from Python values, None being no value."""
    if dtype is np.float64:
        floats = np.array(values, np.float64)  # None becomes NaN, which no sample can be
        missing = np.isnan(floats)
        return Column(floats, ~missing if missing.any() else None)
    if None not in values:
        return Column(np.array(values, dtype))
    valid = np.array([value is not None for value in values], np.bool_)
    blank: Any = "" if dtype is np.object_ else 0
    return Column(np.array([blank if v is None else v for v in values], dtype), valid)


def join_columns(columns: Sequence[Column]) -> Column:
    """The columns end to end."""
    values = np.concatenate([column.values for column in columns])
    if all(column.valid is None for column in columns):
        return Column(values)
    return Column(values, np.concatenate([column.mask() for column in columns]))


def join(pieces: Sequence[Frame]) -> Frame:
    """Pieces of one series with the same columns, by time; no time may be in two of them."""
    if len(pieces) == 1:
        return pieces[0]
    pieces = sorted(pieces, key=lambda piece: int(piece.time_ms[0]))
    first = pieces[0]
    joined = Frame(
        first.server_key,
        first.key,
        np.concatenate([piece.time_ms for piece in pieces]),
        {name: join_columns([piece.columns[name] for piece in pieces]) for name in first.columns},
        _join_arrays([piece.boot for piece in pieces]),
        _join_arrays([piece.interval_ms for piece in pieces]),
    )
    if np.all(np.diff(joined.time_ms) > 0):
        return joined
    return joined.take(np.argsort(joined.time_ms))


def _join_arrays(arrays: Sequence[NDArray[np.int64] | None]) -> NDArray[np.int64] | None:
    present = [array for array in arrays if array is not None]
    return np.concatenate(present) if len(present) == len(arrays) else None


def join_by_series(pieces: Iterable[Frame]) -> list[Frame]:
    """Pieces of many series as one frame each, by server and key; empty pieces are dropped."""
    series: dict[tuple[int, str], list[Frame]] = {}
    for piece in pieces:
        if len(piece.time_ms):
            series.setdefault((piece.server_key, piece.key), []).append(piece)
    return [join(series[name]) for name in sorted(series)]


def python_values(column: Column) -> list[Any]:
    """The values as Python's own, None where there is none."""
    values: list[Any] = column.values.tolist()
    if column.valid is None:
        return values
    return [
        value if valid else None for value, valid in zip(values, column.valid.tolist(), strict=True)
    ]
