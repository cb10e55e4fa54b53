"""The metrics of a host over a fixed range, as records for people and their spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from homelab_agent.contract import Family, Field
from sqlalchemy import Connection

from homelab_cmd.durations import TimeRange
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.planner import Answer, Question, answer
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, HOUR_MS, MINUTE, RAW, Tier
from homelab_cmd.metrics.catalogue import numeric_fields
from homelab_cmd.metrics.values import iso_times, plain_columns

# Up to how long a range each tier is told as it is: about as many points as a chart is wide.
_LONGEST_MS = ((RAW, HOUR_MS), (MINUTE, DAY_MS), (HOUR, 90 * DAY_MS))


def tier_of(times: TimeRange) -> Tier:
    """The tier that suits the length of a range."""
    length_ms = times.end_ms - times.start_ms
    return next((tier for tier, longest_ms in _LONGEST_MS if length_ms <= longest_ms), DAY)


def read(
    engine: HistoryEngine,
    connection: Connection,
    server_key: int,
    family: Family,
    keys: Sequence[str] | None,
    times: TimeRange,
) -> Answer:
    """Every field of the family in the tier that suits the range."""
    question = Question(
        (server_key,),
        family,
        keys,
        numeric_fields(family),
        times.start_ms,
        times.end_ms,
        1,
        tier_of(times),
    )
    return answer(engine, connection, question)


def columns_of(found: Answer, family: Family) -> Iterator[dict[str, list[Any]]]:
    """By series `timestamp`, the key where there is one, and the fields with their rates."""
    fields: tuple[Field, ...] = numeric_fields(family)
    for series in found.series:
        columns: dict[str, list[Any]] = {"timestamp": iso_times(series.time_ms)}
        if family.key:
            columns[family.key.name] = [series.frame.key] * len(series.time_ms)
        yield columns | plain_columns(series, fields)


def as_csv(tables: Sequence[dict[str, list[Any]]]) -> str:
    """RFC 4180 text with a header; the tables have the same columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for number, columns in enumerate(tables):
        if number == 0:
            writer.writerow(columns)
        writer.writerows(
            [safe_cell(value) for value in row] for row in zip(*columns.values(), strict=True)
        )
    return text.getvalue()


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that could be one gets a quote.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{value}"
    return value
