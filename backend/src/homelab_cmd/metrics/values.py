"""Arrays of an answer as the JSON of one: ISO times, None where there is no value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from homelab_agent.contract import Field, Role
from numpy.typing import NDArray

from homelab_cmd.history.frames import python_values
from homelab_cmd.history.planner import Series

_UTC = "+00:00"


def iso_times(time_ms: NDArray[np.int64]) -> list[str]:
    """Times as `2026-11-21T07:00:00.000+00:00`."""
    texts = np.datetime_as_string(time_ms.astype("datetime64[ms]"), unit="ms")
    return [text + _UTC for text in texts.tolist()]


def rate_name(field: Field) -> str:
    """What the rate of a counter is called: `rx_rate` of `rx_bytes`, `rx_packets_rate`."""
    return f"{field.name.removesuffix('_bytes')}_rate"


def plain_columns(series: Series, fields: Sequence[Field]) -> dict[str, list[Any]]:
    """By name the values that a chart of these fields shows, each as long as the series.

    A gauge is its mean, a state its last value; a counter comes twice: as it stood, and as a rate.
    """
    columns: dict[str, list[Any]] = {}
    for field in fields:
        part = "avg" if field.role is Role.GAUGE else "last"
        columns[field.name] = python_values(series.level(field, part))
    for field in fields:
        if field.role is Role.COUNTER:
            columns[rate_name(field)] = python_values(series.rate(field))
    return columns


def records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Columns as a list of objects."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
