"""Columnar answers: arrays straight into JSON, `null` where there is no value."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from fastapi import Response
from numpy.typing import NDArray

from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Column

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC


class ColumnarResponse(Response):
    """JSON of arrays; datetime64 as ISO 8601 in UTC, NaN as null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as JSON."""
        return orjson.dumps(content, option=_OPTIONS)


def times(time_ms: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Milliseconds as what JSON writes in ISO 8601."""
    return time_ms.astype("datetime64[ms]")


def shared(array: NDArray[Any]) -> orjson.Fragment:
    """An array as JSON already: for one that stands in an answer many times."""
    return orjson.Fragment(orjson.dumps(array, option=_OPTIONS))


def values(column: Column) -> Any:
    """A column as an array where JSON can tell its nulls, else as a list."""
    if column.valid is None:
        return np.ascontiguousarray(column.values) if _is_number(column) else column.values.tolist()
    if column.values.dtype == np.float64:
        return np.where(column.valid, column.values, np.nan)
    return python_values(column)


def _is_number(column: Column) -> bool:
    return column.values.dtype in (np.float64, np.int64)
