"""History of the rows engine that goes to another installation, or comes from one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import Connection, delete, func, select, update

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.interface import Frame, Heartbeat, Transactions
from homelab_cmd.history.log import SERVER_BITS, heartbeat_id, heartbeats, split_id
from homelab_cmd.history.rows.rollups import write_windows
from homelab_cmd.history.rows.tables import KEPT_RAW, TABLES, marks
from homelab_cmd.history.tiers import (
    ASSUMED_INTERVAL_MS,
    DAY_MS,
    HOUR_MS,
    MINUTE,
    RAW,
    Tier,
    floor_to,
    makes_tier,
)

_WINDOWS_PER_TRANSACTION = 2_000
_SERVER = heartbeats.c.id.op("%")(1 << SERVER_BITS)


def heartbeats_of(connection: Connection, server_key: int, day_ms: int) -> list[Heartbeat]:
    """The accepted heartbeats of a UTC day, as far as samples are kept, in order."""
    end_ms = day_ms + DAY_MS
    logged = connection.execute(
        select(heartbeats)
        .where(
            heartbeats.c.id >= heartbeat_id(day_ms, 0),
            heartbeats.c.id < heartbeat_id(end_ms, 0),
            _SERVER.in_([server_key]),
        )
        .order_by(heartbeats.c.id)
    ).all()
    rows: dict[int, dict[str, list[Any]]] = {}
    for row in logged:
        none_of = json.loads(row.payload) if row.payload else []
        rows[split_id(row.id)[0]] = {name: [] for name in none_of}
    for family in FAMILIES:
        source = TABLES[family.name][RAW.name]
        within = (
            source.c.server_id == server_key,
            source.c.timestamp_ms >= day_ms,
            source.c.timestamp_ms < end_ms,
        )
        columns = [source.c[field.column] for field in family.fields]
        for time_ms, *values in connection.execute(
            select(source.c.timestamp_ms, *columns).where(*within)
        ):
            if time_ms in rows:
                rows[time_ms].setdefault(family.name, []).append(family.row(*values))
    return [
        Heartbeat(server_key, time_ms, row.sequence, row.boot_id, row.interval_ms, rows[time_ms])
        for row in logged
        for time_ms in (split_id(row.id)[0],)
    ]


def import_windows(
    database: Transactions, family: Family, tier: Tier, frames: Iterable[Frame]
) -> None:
    """Write windows over those that are there, some at a time."""
    for frame in frames:
        for start in range(0, len(frame.time_ms), _WINDOWS_PER_TRANSACTION):
            part = frame.take(slice(start, start + _WINDOWS_PER_TRANSACTION))
            with database.connect(write=True) as connection:
                lock_servers(connection, [frame.server_key])
                if tier is MINUTE:
                    part = _without_kept(connection, part)
                write_windows(connection, family, tier, part, adds_only=False)


def _without_kept(connection: Connection, frame: Frame) -> Frame:
    """The minutes but for hours whose samples answer in their place."""
    kept = select(marks.c.hour_ms).where(
        marks.c.server_id == frame.server_key,
        marks.c.claim == KEPT_RAW,
        marks.c.hour_ms >= floor_to(int(frame.time_ms[0]), HOUR_MS),
        marks.c.hour_ms <= int(frame.time_ms[-1]),
    )
    hours = frame.time_ms - frame.time_ms % HOUR_MS
    return frame.take(~np.isin(hours, list(connection.scalars(kept))))


def settle(database: Transactions, server_key: int, end_ms: int) -> None:
    """Take the windows before `end_ms` for made, but for minutes where the samples answer."""
    interval_ms = func.max(func.coalesce(heartbeats.c.interval_ms, ASSUMED_INTERVAL_MS))
    day = heartbeats.c.id.op("/")(DAY_MS << SERVER_BITS)
    before = (_SERVER.in_([server_key]), heartbeats.c.id < heartbeat_id(end_ms, 0))
    mine = (marks.c.server_id == server_key, marks.c.hour_ms < end_ms)
    with database.connect(write=True) as connection:
        lock_servers(connection, [server_key])
        paces = connection.execute(select(day, interval_ms).where(*before).group_by(day)).all()
        for number, slowest_ms in paces:
            if not makes_tier(MINUTE, slowest_ms):
                of_day = marks.c.hour_ms.between(number * DAY_MS, (number + 1) * DAY_MS - 1)
                connection.execute(update(marks).where(*mine, of_day).values(claim=KEPT_RAW))
        connection.execute(delete(marks).where(*mine, marks.c.claim != KEPT_RAW))
