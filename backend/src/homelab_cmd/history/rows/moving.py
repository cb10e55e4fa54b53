"""Moving history: a server's into another's, a series' to another key. Some minutes at a time.

What is there wins. Each step is a transaction of its own; after a crash the next attempt finds
what is left. Hours of which samples move are rolled up anew, and those of the samples that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import ColumnElement, Connection, Table, delete, func, literal, select, update

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.interface import Series, Transactions
from homelab_cmd.history.log import heartbeat_id, heartbeats, held_sequences, split_id
from homelab_cmd.history.rows.append import mark, upsert
from homelab_cmd.history.rows.read import distinct_keys
from homelab_cmd.history.rows.tables import TABLES
from homelab_cmd.history.tiers import HOUR_MS, RAW, ROLLUP_TIERS, Tier, floor_to

_WINDOWS_PER_SLICE = 1_000
_SLICE_MS = 600_000

Stop = Callable[[], bool]


@dataclass(frozen=True)
class _Place:
    """The rows of a series in one table."""

    family: Family
    tier: Tier
    server_key: int
    key: str

    @property
    def table(self) -> Table:
        return TABLES[self.family.name][self.tier.name]

    @property
    def rows(self) -> list[ColumnElement[bool]]:
        return [self.table.c[name] == value for name, value in self.identity.items()]

    @property
    def identity(self) -> dict[str, Any]:
        """The columns that say whose rows they are."""
        if self.family.key is None:
            return {"server_id": self.server_key}
        return {"server_id": self.server_key, self.family.key.column: self.key}


def merge(database: Transactions, old: int, into: int, stop: Stop) -> bool:
    """Give a server's history to another one; whether all of it is there."""
    for family in FAMILIES:
        for tier in ROLLUP_TIERS:
            with database.connect() as connection:
                keys = list(distinct_keys(connection, family, tier, old))
            for key in keys:
                places = _Place(family, tier, old, key), _Place(family, tier, into, key)
                if not _move_windows(database, *places, stop):
                    return False
    start_ms: int | None = -1
    while start_ms is not None:
        if stop():
            return False
        with database.connect(write=True) as connection:
            start_ms = _move_heartbeats(connection, old, into)
    return True


def rename(database: Transactions, which: Series, new_key: str, stop: Stop) -> bool:
    """Give a series' history to another key of its family; whether all of it is there."""
    server_key, family = which.server_key, which.family
    for tier in ROLLUP_TIERS:
        old, new = (_Place(family, tier, server_key, key) for key in (which.key, new_key))
        if not _move_windows(database, old, new, stop):
            return False
    old, new = (_Place(family, RAW, server_key, key) for key in (which.key, new_key))
    moved = 1
    while moved:
        if stop():
            return False
        with database.connect(write=True) as connection:
            moved = _move_samples(connection, old, new)
    return True


def _move_windows(database: Transactions, old: _Place, new: _Place, stop: Stop) -> bool:
    moved = _WINDOWS_PER_SLICE
    while moved == _WINDOWS_PER_SLICE:
        if stop():
            return False
        with database.connect(write=True) as connection:
            times = _times(connection, old, 0, None)
            moved = len(times)
            if times:
                _transfer(connection, old, new, old.table.c.timestamp_ms <= times[-1])
    return True


def _transfer(
    connection: Connection, old: _Place, new: _Place, within: ColumnElement[bool]
) -> None:
    """Copy the rows that the other place lacks, then delete them here."""
    table = old.table
    values = [
        literal(new.identity[column.name]) if column.name in new.identity else column
        for column in table.columns
    ]
    source = select(*values).where(*old.rows, within)
    statement = upsert(connection, table).from_select(list(table.columns.keys()), source)
    connection.execute(statement.on_conflict_do_nothing())
    connection.execute(delete(table).where(*old.rows, within))


def _times(connection: Connection, place: _Place, start_ms: int, end_ms: int | None) -> list[int]:
    column = place.table.c.timestamp_ms
    statement = select(column).where(*place.rows, column >= start_ms).order_by(column)
    if end_ms is None:
        return list(connection.scalars(statement.limit(_WINDOWS_PER_SLICE)))
    return list(connection.scalars(statement.where(column < end_ms)))


def _move_samples(connection: Connection, old: _Place, new: _Place) -> int:
    """The oldest of a series' samples; how many."""
    lock_servers(connection, [old.server_key])
    times = _times(connection, old, 0, None)
    if times:
        _transfer(connection, old, new, old.table.c.timestamp_ms <= times[-1])
        _mark(connection, new.server_key, times, _following(connection, new, times[-1] + 1))
        _mark(connection, new.server_key, times, _following(connection, old, times[-1] + 1))
    return len(times)


def _move_heartbeats(connection: Connection, old: int, into: int) -> int | None:
    """The oldest minutes of a server's heartbeats; when they begin, None where none are left."""
    lock_servers(connection, [old, into])
    oldest = [_oldest(connection, family, old) for family in FAMILIES]
    if not any(oldest):
        return None
    start_ms = min(time_ms for time_ms in oldest if time_ms is not None)
    end_ms = start_ms + _SLICE_MS
    keys = {
        family.name: _keys_within(connection, family, old, start_ms, end_ms) for family in FAMILIES
    }
    places = [
        (_Place(family, RAW, old, key), _Place(family, RAW, into, key))
        for family in FAMILIES
        for key in keys[family.name]
    ]
    times = sorted(
        {time for place, _ in places for time in _times(connection, place, start_ms, end_ms)}
    )
    taken = _move_log(connection, old, into, times)
    following: set[int] = set()
    for mine, theirs in places:
        column = mine.table.c.timestamp_ms
        within = (column >= start_ms) & (column < end_ms)
        if taken:
            connection.execute(delete(mine.table).where(*mine.rows, column.in_(taken)))
        changed = update(mine.table).where(*mine.rows, within)
        connection.execute(changed.values(server_id=into))
        following |= _following(connection, theirs, end_ms)
    _mark(connection, into, times, following)
    return start_ms


def _oldest(connection: Connection, family: Family, server_key: int) -> int | None:
    column = TABLES[family.name][RAW.name].c
    oldest = select(func.min(column.timestamp_ms)).where(column.server_id == server_key)
    found: int | None = connection.scalar(oldest)
    return found


def _keys_within(
    connection: Connection, family: Family, server_key: int, start_ms: int, end_ms: int
) -> list[str]:
    if family.key is None:
        return [""]
    column = TABLES[family.name][RAW.name].c
    within = (column.timestamp_ms >= start_ms, column.timestamp_ms < end_ms)
    found = select(column[family.key.column]).where(column.server_id == server_key, *within)
    return list(connection.scalars(found.distinct()))


def _move_log(connection: Connection, old: int, into: int, times: Sequence[int]) -> list[int]:
    """The log's rows of these times; the times at which the other server has one already."""
    taken = held_sequences(connection, [heartbeat_id(time_ms, into) for time_ms in times])
    ids = [heartbeat_id(time_ms, old) for time_ms in times]
    found = connection.execute(select(heartbeats).where(heartbeats.c.id.in_(ids))).mappings().all()
    moved = [{**row, "id": heartbeat_id(split_id(row["id"])[0], into)} for row in found]
    moved = [row for row in moved if row["id"] not in taken]
    connection.execute(delete(heartbeats).where(heartbeats.c.id.in_(ids)))
    if moved:
        connection.execute(heartbeats.insert(), moved)
    return [split_id(identifier)[0] for identifier in taken]


def _following(connection: Connection, place: _Place, after_ms: int) -> set[int]:
    """The time of the series' next sample, if there is one."""
    column = place.table.c.timestamp_ms
    next_ms = connection.scalar(select(func.min(column)).where(*place.rows, column >= after_ms))
    return set() if next_ms is None else {next_ms}


def _mark(
    connection: Connection, server_key: int, times: Iterable[int], following: Iterable[int]
) -> None:
    hours = {floor_to(time_ms, HOUR_MS) for time_ms in (*times, *following)}
    mark(connection, [(server_key, hour_ms) for hour_ms in hours])
