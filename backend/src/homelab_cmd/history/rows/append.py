"""Taking heartbeats into the tables: once each, in any order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import Connection, Integer, Table, bindparam, column, func, select, table
from sqlalchemy.dialects import postgresql, sqlite

from homelab_cmd.db.copy import RowPacker, copy_rows
from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.interface import Heartbeat, Outcome
from homelab_cmd.history.log import heartbeat_id, heartbeats, held_sequences, judge
from homelab_cmd.history.rows.tables import DIRTY, TABLES, floors, marks
from homelab_cmd.history.tiers import HOUR_MS, RAW, floor_to

_servers = table("servers", column("id", Integer))

# The newest sample per server and family; each of the subqueries is one seek in an index.
_NEWEST = select(
    _servers.c.id,
    *(
        select(func.max(TABLES[family.name][RAW.name].c.timestamp_ms))
        .where(TABLES[family.name][RAW.name].c.server_id == _servers.c.id)
        .scalar_subquery()
        .label(family.name)
        for family in FAMILIES
    ),
).where(_servers.c.id.in_(bindparam("server_keys", expanding=True)))


@dataclass(frozen=True)
class _Target:
    """A table that batches go into, and the columns of their rows."""

    table: Table
    names: tuple[str, ...]

    @cached_property
    def _packer(self) -> RowPacker:
        return RowPacker([self.table.c[name].type for name in self.names])

    def insert(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows, at least one, of which none is there."""
        if connection.dialect.name == "postgresql":
            copy_rows(connection, self.table, self.names, self._packer, rows)
        else:
            named = [dict(zip(self.names, row, strict=True)) for row in rows]
            connection.execute(self.table.insert(), named)


_LOG = _Target(heartbeats, ("id", "sequence", "boot_id", "interval_ms", "payload"))
_RAW_TABLES = {
    family.name: _Target(
        TABLES[family.name][RAW.name],
        ("server_id", "timestamp_ms", *(field.column for field in family.fields)),
    )
    for family in FAMILIES
}
# By family, what takes a row's values in the order of the fields, as a tuple.
_VALUES: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    family.name: attrgetter(*(field.name for field in family.fields)) for family in FAMILIES
}


def upsert(connection: Connection, *args: Any) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say ON CONFLICT, in the words of this database."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(*args)
    return postgresql.insert(*args)


def append(connection: Connection, batch: Sequence[Heartbeat]) -> list[Outcome]:
    """Keep a batch, in the caller's transaction; an outcome per heartbeat."""
    lock_servers(connection, [heartbeat.server_key for heartbeat in batch])
    held = held_sequences(connection, [heartbeat_id(h.time_ms, h.server_key) for h in batch])
    outcomes = judge(batch, held)
    stored = [
        heartbeat
        for heartbeat, outcome in zip(batch, outcomes, strict=True)
        if outcome is Outcome.STORED
    ]
    if stored:
        stale = {(h.server_key, floor_to(h.time_ms, HOUR_MS)) for h in stored}
        stale |= _hours_that_follow(connection, stored)
        _LOG.insert(connection, [_log_row(heartbeat) for heartbeat in stored])
        for family in FAMILIES:
            telling = [heartbeat for heartbeat in stored if heartbeat.rows.get(family.name)]
            if telling:
                # Not a list of all: the database takes in the first while the last are made.
                rows = chain.from_iterable(_family_rows(family, each) for each in telling)
                _RAW_TABLES[family.name].insert(connection, rows)
        mark(connection, stale)
    return outcomes


def mark(connection: Connection, hours: Iterable[tuple[int, int]]) -> None:
    """Note that these (server, hour) are to be rolled up, whatever a round is doing to them."""
    statement = upsert(connection, marks)
    statement = statement.on_conflict_do_update(
        index_elements=[marks.c.server_id, marks.c.hour_ms],
        set_={"claim": DIRTY},
        where=marks.c.claim != DIRTY,
    )
    connection.execute(
        statement,
        [
            {"server_id": server_key, "hour_ms": hour_ms, "claim": DIRTY}
            for server_key, hour_ms in sorted(hours)
        ],
    )


def _log_row(heartbeat: Heartbeat) -> tuple[Any, ...]:
    none_of = [name for name, rows in heartbeat.rows.items() if not rows]
    return (
        heartbeat_id(heartbeat.time_ms, heartbeat.server_key),
        heartbeat.sequence,
        heartbeat.boot_id,
        heartbeat.interval_ms,
        # That a family was reported empty stands in no row of its table.
        json.dumps(none_of).encode() if none_of else None,
    )


def _family_rows(family: Family, heartbeat: Heartbeat) -> Iterator[tuple[Any, ...]]:
    """The family's rows as the table holds them; of a key that comes twice the last."""
    key, gate = family.key, family.gate
    told = heartbeat.rows[family.name]
    name_of = attrgetter(key.name) if key else None
    unique = {name_of(row): row for row in told} if name_of else {"": told[-1]}
    place = (heartbeat.server_key, heartbeat.time_ms)
    values_of = _VALUES[family.name]
    for row in unique.values():
        values = values_of(row)
        if gate and getattr(row, gate.name) != gate.spec.counts:
            values = tuple(
                value if field in (gate, key) else None
                for field, value in zip(family.fields, values, strict=True)
            )
        yield place + values


def _hours_that_follow(connection: Connection, stored: Sequence[Heartbeat]) -> set[tuple[int, int]]:
    """The hours of the samples that follow late ones: their increases begin elsewhere now.

    What came too late for a pruned day corrects nothing: the samples around it are gone.
    """
    floor = select(floors.c.floor_ms).where(floors.c.tier == RAW.name)
    floor_ms = connection.scalar(floor) or 0
    oldest: dict[int, int] = {}
    for heartbeat in stored:
        known = oldest.get(heartbeat.server_key, heartbeat.time_ms)
        oldest[heartbeat.server_key] = min(known, heartbeat.time_ms)
    newest = {
        row.id: row._mapping  # noqa: SLF001 - the documented way to a row as a mapping
        for row in connection.execute(_NEWEST, {"server_keys": list(oldest)})
    }
    hours = set()
    for heartbeat in stored:
        seen = newest.get(heartbeat.server_key)
        for family in FAMILIES if seen else ():
            newest_ms = seen[family.name] if seen else None
            if newest_ms is not None and newest_ms > heartbeat.time_ms >= floor_ms:
                hours |= _followers(connection, family, heartbeat)
    return hours


def _followers(
    connection: Connection, family: Family, heartbeat: Heartbeat
) -> set[tuple[int, int]]:
    source = TABLES[family.name][RAW.name].c
    after = select(func.min(source.timestamp_ms)).where(
        source.server_id == heartbeat.server_key, source.timestamp_ms > heartbeat.time_ms
    )
    hours = set()
    for row in heartbeat.rows.get(family.name, ()):
        statement = after
        if family.key:
            name = getattr(row, family.key.name)
            statement = after.where(source[family.key.column] == name)
        next_ms = connection.scalar(statement)
        if next_ms is not None:
            hours.add((heartbeat.server_key, floor_to(next_ms, HOUR_MS)))
    return hours
