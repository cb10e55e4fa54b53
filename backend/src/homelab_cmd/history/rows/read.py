"""Reading ranges: samples from their table, roll-ups from theirs.

Roll-ups that are stale or not made yet come from the raw samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from homelab_agent.contract import Family
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)

from homelab_cmd.history import frames, rollup
from homelab_cmd.history.ephemeral import SUMMED_KEY, is_ephemeral, summed_by_server
from homelab_cmd.history.interface import Column, Frame, Selection
from homelab_cmd.history.log import SERVER_BITS, heartbeats
from homelab_cmd.history.rows.tables import KEPT_RAW, TABLES, marks
from homelab_cmd.history.tiers import (
    DAY,
    DAY_MS,
    HOUR,
    HOUR_MS,
    LONGEST_SILENCE_MS,
    MINUTE,
    RAW,
    Tier,
    ceil_to,
    floor_to,
)


def read(connection: Connection, selection: Selection) -> list[Frame]:
    """The frames of a selection, of any tier."""
    found: list[Frame] = []
    for server_key in selection.server_keys:
        if selection.tier is RAW:
            found += read_raw(connection, selection, server_key)
        elif selection.tier is DAY:
            found += _read_days(connection, selection, server_key)
        else:
            found += _read_windows(connection, selection, server_key)
    return sorted(found, key=lambda frame: (frame.server_key, frame.key))


def read_raw(connection: Connection, selection: Selection, server_key: int) -> list[Frame]:
    """A server's samples with the boot and the interval of their heartbeats."""
    statement = _samples(selection, server_key)
    source = TABLES[selection.family.name][RAW.name].c
    within = statement.where(
        source.timestamp_ms >= selection.start_ms, source.timestamp_ms < selection.end_ms
    )
    order = (*_key_columns(selection.family, RAW.name), source.timestamp_ms)
    boots: dict[str, int] = {}
    found = []
    for key, group in groupby(connection.execute(within.order_by(*order)), key=itemgetter(0)):
        samples = list(group)
        if selection.lead:
            samples[:0] = _lead(connection, selection, server_key, key)
        found.append(_raw_frame(selection, server_key, key, samples, boots))
    return found


def _key_columns(family: Family, tier_name: str) -> list[ColumnElement[str]]:
    if family.key is None:
        return []
    return [TABLES[family.name][tier_name].c[family.key.column]]


def _series_of(
    selection: Selection, server_key: int, tier_name: str
) -> tuple[ColumnElement[str], list[ColumnElement[bool]]]:
    """What names the series, and the conditions for those that are asked for."""
    conditions = [TABLES[selection.family.name][tier_name].c.server_id == server_key]
    for key in _key_columns(selection.family, tier_name):
        if selection.keys is not None:
            conditions.append(key.in_(list(selection.keys)))
        return key, conditions
    return literal_column("''"), conditions


def _samples(selection: Selection, server_key: int) -> Select[Any]:
    table = TABLES[selection.family.name][RAW.name]
    key, conditions = _series_of(selection, server_key, RAW.name)
    identifier = table.c.timestamp_ms * (1 << SERVER_BITS) + table.c.server_id
    return (
        select(
            key.label("series_key"),
            table.c.timestamp_ms,
            heartbeats.c.boot_id,
            heartbeats.c.interval_ms,
            *(table.c[selection.family.field(name).column] for name in selection.fields),
        )
        .select_from(table.outerjoin(heartbeats, heartbeats.c.id == identifier))
        .where(*conditions)
    )


def _lead(connection: Connection, selection: Selection, server_key: int, key: str) -> Sequence[Any]:
    source = TABLES[selection.family.name][RAW.name].c
    statement = _samples(replace(selection, keys=(key,)), server_key)
    before = statement.where(
        source.timestamp_ms < selection.start_ms,
        source.timestamp_ms >= selection.start_ms - LONGEST_SILENCE_MS,
    )
    return connection.execute(before.order_by(source.timestamp_ms.desc()).limit(1)).all()


def _raw_frame(
    selection: Selection,
    server_key: int,
    key: str,
    samples: Sequence[Any],
    boots: dict[str, int],
) -> Frame:
    _, times, boot_ids, intervals, *values = zip(*samples, strict=True)
    codes = [-1 if boot is None else boots.setdefault(boot, len(boots)) for boot in boot_ids]
    columns = {
        name: frames.column_of(column, rollup.dtype_of(selection.family.field(name).type))
        for name, column in zip(selection.fields, values, strict=True)
    }
    return Frame(
        server_key,
        key,
        np.array(times, np.int64),
        columns,
        np.array(codes, np.int64),
        np.array([interval or 0 for interval in intervals], np.int64),
    )


def _read_windows(connection: Connection, selection: Selection, server_key: int) -> list[Frame]:
    """Minutes or hours: what the table holds, and from raw the hours whose roll-up is stale."""
    step_ms = selection.tier.step_ms
    start_ms, end_ms = ceil_to(selection.start_ms, step_ms), ceil_to(selection.end_ms, step_ms)
    stale = _stale_hours(connection, selection, server_key)
    pieces = []
    for frame in read_table(connection, selection, server_key):
        hours = frame.time_ms - frame.time_ms % HOUR_MS
        pieces.append(frame.take(~np.isin(hours, stale)) if len(stale) else frame)
    wanted = selection.keys
    with_sum = wanted is None or SUMMED_KEY in wanted
    every = replace(selection, keys=None) if with_sum else selection
    for first_ms, last_ms in _runs(stale):
        span = (max(first_ms, start_ms), min(last_ms, end_ms))
        made = list(_computed(connection, every, server_key, span))
        pieces += [
            frame
            for frame in made
            if not is_ephemeral(selection.family.name, frame.key)
            and (wanted is None or frame.key in wanted)
        ]
        if with_sum:
            pieces += _sums(selection, made)
    keys = _ephemeral_keys(connection, selection, server_key)
    if keys:
        alone = replace(selection, keys=keys)
        pieces += _computed(connection, alone, server_key, (start_ms, end_ms))
    return frames.join_by_series(pieces)


def _sums(selection: Selection, made: Sequence[Frame]) -> Iterator[Frame]:
    for frame in summed_by_server(selection.family, made):
        columns = {name: frame.columns[name] for name in selection.fields}
        yield replace(frame, columns=columns)


def _ephemeral_keys(connection: Connection, selection: Selection, server_key: int) -> list[str]:
    """The series asked for of which no windows are kept: they come from their samples."""
    family = selection.family
    if family.ephemeral is None:
        return []
    keys = selection.keys
    if keys is None:
        keys = list(distinct_keys(connection, family, RAW, server_key))
    return [key for key in keys if is_ephemeral(family.name, key)]


def _stale_hours(connection: Connection, selection: Selection, server_key: int) -> list[int]:
    """The hours that overlap the range and whose windows are to be computed from raw."""
    statement = select(marks.c.hour_ms).where(
        marks.c.server_id == server_key,
        marks.c.hour_ms >= floor_to(selection.start_ms, HOUR_MS),
        marks.c.hour_ms < selection.end_ms,
    )
    if selection.tier is not MINUTE:
        statement = statement.where(marks.c.claim != KEPT_RAW)
    return list(connection.scalars(statement.order_by(marks.c.hour_ms)))


def _runs(hours: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Hours that follow each other, as ranges."""
    start = 0
    for index in range(1, len(hours) + 1):
        if index == len(hours) or hours[index] != hours[index - 1] + HOUR_MS:
            yield hours[start], hours[index - 1] + HOUR_MS
            start = index


def _computed(
    connection: Connection, selection: Selection, server_key: int, span: tuple[int, int]
) -> Iterator[Frame]:
    start_ms, end_ms = span
    fields = rollup.raw_fields(selection.family, selection.fields)
    raw = replace(
        selection,
        fields=fields,
        start_ms=start_ms,
        end_ms=end_ms,
        tier=RAW,
        lead=rollup.needs_lead(selection.family, selection.fields),
    )
    for frame in read_raw(connection, raw, server_key) if start_ms < end_ms else ():
        rolled = rollup.roll_up(selection.family, frame, selection.tier.step_ms, start_ms)
        if rolled is not None:
            yield replace(rolled, columns={name: rolled.columns[name] for name in selection.fields})


def read_table(connection: Connection, selection: Selection, server_key: int) -> list[Frame]:
    """What a roll-up table holds, stale or not."""
    tier_name = selection.tier.name
    table = TABLES[selection.family.name][tier_name]
    wanted = {column.name: column for column in rollup.columns(selection.family)}
    parts = [wanted[name] for name in selection.fields]
    key, conditions = _series_of(selection, server_key, tier_name)
    statement = (
        select(
            key.label("series_key"),
            table.c.timestamp_ms,
            *(table.c[part.column] for part in parts),
        )
        .where(
            *conditions,
            table.c.timestamp_ms >= selection.start_ms,
            table.c.timestamp_ms < selection.end_ms,
        )
        .order_by(*_key_columns(selection.family, tier_name), table.c.timestamp_ms)
    )
    found = []
    for name, group in groupby(connection.execute(statement), key=itemgetter(0)):
        _, times, *values = zip(*group, strict=True)
        columns: dict[str, Column] = {
            part.name: frames.column_of(column, rollup.dtype_of(part.type))
            for part, column in zip(parts, values, strict=True)
        }
        found.append(Frame(server_key, name, np.array(times, np.int64), columns))
    return found


def _read_days(connection: Connection, selection: Selection, server_key: int) -> list[Frame]:
    """Days from their table, but for those with a stale hour, which come from their hours."""
    start_ms, end_ms = ceil_to(selection.start_ms, DAY_MS), ceil_to(selection.end_ms, DAY_MS)
    hours = replace(selection, start_ms=start_ms, end_ms=end_ms, tier=HOUR)
    stale_hours = _stale_hours(connection, hours, server_key)
    stale = sorted({floor_to(hour, DAY_MS) for hour in stale_hours})
    pieces = [
        frame.take(~np.isin(frame.time_ms, stale)) if stale else frame
        for frame in read_table(connection, selection, server_key)
    ]
    for day in stale:
        of_day = replace(hours, start_ms=day, end_ms=day + DAY_MS)
        pieces += [
            rollup.combine(frame, DAY_MS)
            for frame in _read_windows(connection, of_day, server_key)
            if not is_ephemeral(selection.family.name, frame.key)
        ]
    keys = _ephemeral_keys(connection, selection, server_key)
    if keys:
        made = _computed(connection, replace(hours, keys=keys), server_key, (start_ms, end_ms))
        pieces += [rollup.combine(frame, DAY_MS) for frame in made]
    return frames.join_by_series(pieces)


def distinct_keys(
    connection: Connection, family: Family, tier: Tier, server_key: int
) -> Iterator[str]:
    """Every key that a server has in a table, by a seek for each rather than by a scan."""
    if family.key is None:
        yield ""
        return
    source = TABLES[family.name][tier.name].c
    key = source[family.key.column]
    following = select(func.min(key)).where(
        source.server_id == server_key, key > bindparam("previous")
    )
    previous = connection.scalar(following, {"previous": ""})
    while previous is not None:
        yield previous
        previous = connection.scalar(following, {"previous": previous})
