"""What happened to a host: boots, silences, links that flapped, series that came and went.

Read from the tier that suits the range, so that a year is as cheap as a day; a moment is as exact
as that tier's windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from homelab_agent.contract import FAMILIES, HOST, Family, Role
from numpy.typing import NDArray
from sqlalchemy import Connection

from homelab_cmd.clock import iso
from homelab_cmd.history import rates
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.planner import Question, Series, answer

POINTS = 2_000
Event = dict[str, Any]


def read_events(
    engine: HistoryEngine, connection: Connection, server_key: int, start_ms: int, end_ms: int
) -> list[Event]:
    """`{time, kind, family, key, until, from, to}` by time; what does not apply is null."""
    events: list[Event] = []
    for family in FAMILIES:
        states = tuple(field for field in family.values if field.role is Role.STATE)
        fields = (HOST.field("uptime_seconds"),) if family is HOST else states or family.values[:1]
        question = Question((server_key,), family, None, fields, start_ms, end_ms, POINTS)
        found = answer(engine, connection, question).series
        if family is HOST:
            for series in found:
                events += _of_host(series)
        else:
            for series in found:
                events += _changes(family, series)
            events += _comings(family, found)
    return sorted(events, key=lambda event: event["time"])


def _event(time_ms: int, kind: str, **told: Any) -> Event:
    told.setdefault("family", None)
    told.setdefault("key", None)
    until_ms = told.pop("until_ms", None)
    before, after = told.pop("before", None), told.pop("after", None)
    until = None if until_ms is None else iso(int(until_ms))
    return {
        "time": iso(int(time_ms)),
        "kind": kind,
        **told,
        "until": until,
        "from": before,
        "to": after,
    }


def _gaps(series: Series) -> NDArray[np.intp]:
    """The positions of the first values after a silence."""
    return np.flatnonzero(series.flags(()) == rates.Flag.GAP)


def _of_host(series: Series) -> Iterator[Event]:
    times = series.time_ms
    for position in _gaps(series):
        if position:
            ended_ms = times[position - 1] + series.step_ms
            yield _event(ended_ms, "gap", until_ms=times[position])
    uptime = series.level(HOST.field("uptime_seconds"), "last")
    known = np.flatnonzero(uptime.mask())
    seconds = uptime.values[known]
    for place in np.flatnonzero(np.diff(seconds) < 0) + 1:
        # The uptime is of the last sample in a window; the boot lies so long before its end.
        seen_ms = int(times[known[place]]) + series.step_ms
        yield _event(max(seen_ms - int(seconds[place] * 1_000), 0), "boot")


def _changes(family: Family, series: Series) -> Iterator[Event]:
    """Each change of a state; of windows those whose last value differs, and flaps within one."""
    for field in family.values:
        if field.role is not Role.STATE:
            continue
        column = series.level(field, "last")
        times = series.time_ms[column.mask()]
        values = column.values[column.mask()]
        told = python_values(column.take(column.mask()))
        series_name = {"family": family.name, "key": series.frame.key}
        for place in np.flatnonzero(values[1:] != values[:-1]) + 1:
            kind = field.name
            yield _event(
                times[place], kind, **series_name, before=told[place - 1], after=told[place]
            )
        if series.step_ms:
            changes = series.frame.columns[f"{field.name}.changes"].values
            for place in np.flatnonzero(changes > 1):
                yield _event(series.time_ms[place], "flap", **series_name)


def _comings(family: Family, found: list[Series]) -> Iterator[Event]:
    """Series that were not in a report and are in the next, and the other way round."""
    if not found or family.key is None:
        return
    reports = np.unique(np.concatenate([series.time_ms for series in found]))
    for series in found:
        name = {"family": family.name, "key": series.frame.key}
        present = np.isin(reports, series.time_ms)
        turns = np.diff(present.astype(np.int8))
        for place in np.flatnonzero(turns == 1) + 1:
            yield _event(reports[place], "appeared", **name)
        for place in np.flatnonzero(turns == -1) + 1:
            yield _event(reports[place], "vanished", **name)
