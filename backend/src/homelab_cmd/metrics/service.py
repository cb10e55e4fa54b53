"""What other modules ask of history."""

from __future__ import annotations

from collections.abc import Sequence

from homelab_agent.contract import FILESYSTEM, HOST
from sqlalchemy import Connection

from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.planner import Question, answer
from homelab_cmd.history.tiers import DAY_MS, HOUR, MINUTE_MS, ceil_to
from homelab_cmd.metrics.forecast import Forecast, forecast

_MEAN = frozenset({"sum", "count"})
FORECAST_SPAN_MS = 60 * DAY_MS


def sparklines(
    connection: Connection,
    engine: HistoryEngine,
    server_keys: Sequence[int],
    metric: str,
    start_ms: int,
    end_ms: int,
    points: int,
) -> dict[int, list[float | None]]:
    """By server exactly `points` means of a field of the family `host`, the last one up to now.

    A server without samples in the range is left out.
    """
    step_ms = max(MINUTE_MS, (end_ms - start_ms) // points // MINUTE_MS * MINUTE_MS)
    last_ms = ceil_to(end_ms, step_ms)
    first_ms = last_ms - points * step_ms
    field = HOST.field(metric)
    question = Question(server_keys, HOST, None, (field,), first_ms, last_ms, points, None, _MEAN)
    lines: dict[int, list[float | None]] = {}
    for series in answer(engine, connection, question).series:
        line: list[float | None] = [None] * points
        places = ((series.time_ms - first_ms) // step_ms).tolist()
        for place, value in zip(places, python_values(series.level(field, "avg")), strict=True):
            line[place] = value
        lines[series.frame.server_key] = line
    return lines


def filesystem_forecasts(
    engine: HistoryEngine, connection: Connection, server_key: int, at_ms: int
) -> dict[str, Forecast]:
    """By mount point when the filesystems that were there in the last day will be full."""
    fields = (FILESYSTEM.field("used_bytes"), FILESYSTEM.field("available_bytes"))
    question = Question(
        (server_key,), FILESYSTEM, None, fields, at_ms - FORECAST_SPAN_MS, at_ms, 1, HOUR
    )
    found = {}
    for series in answer(engine, connection, question).series:
        used, available = series.level(fields[0], "avg"), series.level(fields[1], "last")
        known = used.mask() & available.mask()
        if at_ms - series.time_ms[-1] > DAY_MS:
            continue
        left = float(available.values[known][-1]) if known.any() else 0.0
        found[series.frame.key] = forecast(series.time_ms[known], used.values[known], left, at_ms)
    return found
