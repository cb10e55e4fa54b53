"""The sparklines of one series, and of a host's interfaces together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from homelab_agent.contract import NETWORK_INTERFACE, Family, Field, Role
from sqlalchemy import Connection

from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Column, HistoryEngine
from homelab_cmd.history.planner import Question, Series, answer
from homelab_cmd.history.rates import FLAG_NAMES
from homelab_cmd.metrics.values import iso_times, plain_columns, rate_name, records
from homelab_cmd.servers.network import counted_interfaces
from homelab_cmd.servers.snapshots import Snapshot

# What the two sparklines from before the families show; others show all that has a number.
_SHOWN = {
    "network_interface": ("rx_bytes", "tx_bytes"),
    "filesystem": ("used_bytes", "available_bytes", "total_bytes", "percent"),
}

Record = dict[str, Any]


def shown_fields(family: Family) -> tuple[Field, ...]:
    """The fields of a family's sparkline."""
    names = _SHOWN.get(family.name)
    if names is None:
        return tuple(field for field in family.values if field.role is not Role.LABEL)
    return tuple(family.field(name) for name in names)


def of_series(engine: HistoryEngine, connection: Connection, question: Question) -> list[Record]:
    """`{timestamp, <field>…, flag}` of the one series asked for; empty where it is not known."""
    found = answer(engine, connection, question).series
    if not found:
        return []
    series = found[0]
    columns: dict[str, list[Any]] = {"timestamp": iso_times(series.time_ms)}
    columns |= plain_columns(series, question.fields)
    columns["flag"] = [FLAG_NAMES[flag] for flag in series.flags(question.fields).tolist()]
    return records(columns)


def of_network(
    engine: HistoryEngine, connection: Connection, question: Question, snapshot: Snapshot
) -> list[Record]:
    """The sum over a host's physical interfaces, with the gravest flag of any.

    Which are physical its newest report says; of one that is gone by then the name decides.
    """
    found = answer(engine, connection, question).series
    kinds: dict[str, str | None] = {series.frame.key: None for series in found}
    rows = snapshot.rows.get(NETWORK_INTERFACE.name, ())
    kinds |= {row.name: row.kind for row in rows if row.name in kinds}
    counted = counted_interfaces(kinds)
    summed = [series for series in found if series.frame.key in counted]
    if not summed:
        return []
    times = np.unique(np.concatenate([series.time_ms for series in summed]))
    columns: dict[str, list[Any]] = {"timestamp": iso_times(times)}
    for field in question.fields:
        columns[field.name] = _sum(times, summed, [one.level(field, "last") for one in summed])
    for field in question.fields:
        columns[rate_name(field)] = _sum(times, summed, [one.rate(field) for one in summed])
    flags = np.zeros(len(times), np.int8)
    for series in summed:
        place = np.searchsorted(times, series.time_ms)
        flags[place] = np.maximum(flags[place], series.flags(question.fields))
    columns["flag"] = [FLAG_NAMES[flag] for flag in flags.tolist()]
    return records(columns)


def _sum(times: np.ndarray[Any, Any], series: Sequence[Series], columns: Sequence[Column]) -> Any:
    """At each time the sum of the columns that have a value then."""
    total = np.zeros(len(times), np.result_type(*(column.values for column in columns)))
    known = np.zeros(len(times), np.bool_)
    for one, column in zip(series, columns, strict=True):
        place = np.searchsorted(times, one.time_ms)[column.mask()]
        total[place] += column.values[column.mask()]
        known[place] = True
    return python_values(Column(total, known))


def of_metric(engine: HistoryEngine, connection: Connection, question: Question) -> list[Record]:
    """`{timestamp, value}` of the one field asked for; of a counter its rate."""
    (field,) = question.fields
    found = answer(engine, connection, question).series
    if not found:
        return []
    series = found[0]
    if field.role is Role.COUNTER:
        values = series.rate(field)
    else:
        values = series.level(field, "avg" if field.role is Role.GAUGE else "last")
    return records({"timestamp": iso_times(series.time_ms), "value": python_values(values)})
