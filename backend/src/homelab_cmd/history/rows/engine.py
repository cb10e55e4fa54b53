"""The rows engine: history in plain tables that any SQL tool can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.floors import read_floors
from homelab_cmd.history.interface import (
    Examination,
    Frame,
    Heartbeat,
    Outcome,
    Report,
    Selection,
    Series,
    SeriesDay,
    StoredSize,
    Transactions,
)
from homelab_cmd.history.log import days_logged, forget_times, heartbeat_id, heartbeats
from homelab_cmd.history.rows import handover, moving
from homelab_cmd.history.rows.append import append, mark
from homelab_cmd.history.rows.hypertables import sizes_bytes
from homelab_cmd.history.rows.prune import prune
from homelab_cmd.history.rows.read import distinct_keys, read
from homelab_cmd.history.rows.rollups import roll_up_due
from homelab_cmd.history.rows.tables import TABLES, floors, marks
from homelab_cmd.history.tiers import (
    DAY_MS,
    HOUR,
    HOUR_MS,
    RAW,
    ROLLUP_TIERS,
    TIERS,
    Retention,
    Tier,
    floor_to,
)

_HEARTBEATS_PER_TRANSACTION = 500
_ROWS_PER_TRANSACTION = 1_000
# A rough cost of a row beside its values: its header, its series and its place in the indexes.
_ROW_OVERHEAD_BYTES = 70
_VALUE_BYTES = 6


class RowsEngine:
    """`HistoryEngine` on a table per family and tier."""

    def append(self, connection: Connection, batch: Sequence[Heartbeat]) -> list[Outcome]:
        return append(connection, batch)

    def range(self, connection: Connection, selection: Selection) -> list[Frame]:
        return read(connection, selection)

    def keys(
        self, connection: Connection, server_key: int, family: Family, start_ms: int, end_ms: int
    ) -> list[str]:
        found: set[str] = set()
        for tier in (RAW, HOUR):
            source = TABLES[family.name][tier.name].c
            first_ms = start_ms - start_ms % (tier.step_ms or 1)
            for key in distinct_keys(connection, family, tier, server_key):
                within = select(source.timestamp_ms).where(
                    *_of_series(family, tier, server_key, key),
                    source.timestamp_ms >= first_ms,
                    source.timestamp_ms < end_ms,
                )
                if key not in found and connection.scalar(within.limit(1)) is not None:
                    found.add(key)
        return sorted(found)

    def floors(self, connection: Connection) -> Mapping[str, int]:
        return read_floors(connection)

    def latest(self, connection: Connection, server_key: int) -> dict[str, tuple[int, list[Any]]]:
        found: dict[str, tuple[int, list[Any]]] = {}
        for family in FAMILIES:
            source = TABLES[family.name][RAW.name]
            newest = select(func.max(source.c.timestamp_ms)).where(source.c.server_id == server_key)
            time_ms = connection.scalar(newest)
            if time_ms is not None:
                at = (source.c.server_id == server_key, source.c.timestamp_ms == time_ms)
                columns = [source.c[field.column] for field in family.fields]
                rows = connection.execute(select(*columns).where(*at))
                found[family.name] = (time_ms, [family.row(*row) for row in rows])
        if found:
            newest_ms = max(time_ms for time_ms, _ in found.values())
            for name in _reported_empty(connection, server_key, newest_ms):
                found[name] = (newest_ms, [])
        return found

    def maintain(
        self,
        database: Transactions,
        now_ms: int,
        retention: Retention,
        stop: Callable[[], bool],
    ) -> Report:
        report = Report()
        report.complete = roll_up_due(database, now_ms, stop, report) and prune(
            database, now_ms, retention, stop, report
        )
        return report

    def bulk_import(self, database: Transactions, heartbeats: Iterable[Heartbeat]) -> int:
        new = 0
        for batch in _batches(heartbeats):
            with database.connect(write=True) as connection:
                new += self.append(connection, batch).count(Outcome.STORED)
                # What is older than a tier is kept has to be pruned once more.
                oldest_ms = floor_to(min(heartbeat.time_ms for heartbeat in batch), HOUR_MS)
                connection.execute(
                    update(floors).where(floors.c.pruned_ms > oldest_ms).values(pruned_ms=oldest_ms)
                )
        return new

    def merge(self, database: Transactions, old: int, into: int, stop: Callable[[], bool]) -> bool:
        return moving.merge(database, old, into, stop)

    def rename(
        self, database: Transactions, which: Series, new_key: str, stop: Callable[[], bool]
    ) -> bool:
        return moving.rename(database, which, new_key, stop)

    def days(self, connection: Connection) -> Mapping[tuple[int, int], int]:
        return days_logged(connection)

    def heartbeats(self, connection: Connection, server_key: int, day_ms: int) -> list[Heartbeat]:
        return handover.heartbeats_of(connection, server_key, day_ms)

    def import_windows(
        self, database: Transactions, family: Family, tier: Tier, frames: Iterable[Frame]
    ) -> None:
        handover.import_windows(database, family, tier, frames)

    def settle(self, database: Transactions, server_key: int, end_ms: int) -> None:
        handover.settle(database, server_key, end_ms)

    def forget(self, database: Transactions, server_key: int, stop: Callable[[], bool]) -> bool:
        for family in FAMILIES:
            for tier in TIERS:
                while not stop():
                    with database.connect(write=True) as connection:
                        if not _forget_some(connection, family, tier, server_key):
                            break
        if stop():
            return False
        with database.connect(write=True) as connection:
            connection.execute(delete(marks).where(marks.c.server_id == server_key))
        return True

    def stats(self, connection: Connection) -> list[StoredSize]:
        sizes = []
        measured = sizes_bytes(connection)
        for family in FAMILIES:
            for tier in TIERS:
                table = TABLES[family.name][tier.name]
                last_ms = func.max(table.c.timestamp_ms)
                counted = select(table.c.server_id, func.count(), last_ms)
                rows = connection.execute(counted.group_by(table.c.server_id)).all()
                row_bytes: float = _ROW_OVERHEAD_BYTES + _VALUE_BYTES * len(table.columns)
                if table.name in measured:
                    row_bytes = measured[table.name] / max(1, sum(count for _, count, _ in rows))
                sizes += [
                    StoredSize(key, family.name, tier.name, count, round(count * row_bytes), last)
                    for key, count, last in rows
                ]
        return sizes

    def compression_ratio(
        self,
        connection: Connection,  # noqa: ARG002 - it needs no look: rows are as they are
    ) -> float | None:
        return None

    def examine(self, database: Transactions, *, mend: bool) -> Examination:  # noqa: ARG002 - see below
        """Every table is read, so that the database finds what the disk has spoilt.

        Order and uniqueness are the database's to keep; there is nothing here to set aside.
        """
        found = Examination()
        for family in FAMILIES:
            for tier in TIERS:
                table = TABLES[family.name][tier.name]
                try:
                    with database.connect() as connection:
                        # To count a column that may be null, each row is looked at.
                        connection.execute(select(func.count(list(table.columns)[-1]))).one()
                except DBAPIError as error:
                    found.problems.append(f"table {table.name} can't be read: {error.orig}")
                found.checked += 1
        return found

    def remake(self, connection: Connection, which: SeriesDay) -> None:
        lock_servers(connection, [which.server_key])
        for tier in ROLLUP_TIERS:
            table = TABLES[which.family.name][tier.name]
            connection.execute(
                delete(table).where(
                    *_of_series(which.family, tier, which.server_key, which.key),
                    table.c.timestamp_ms >= which.day_ms,
                    table.c.timestamp_ms < which.day_ms + DAY_MS,
                )
            )
        hours = range(which.day_ms, which.day_ms + DAY_MS, HOUR_MS)
        mark(connection, [(which.server_key, hour_ms) for hour_ms in hours])


def _of_series(
    family: Family, tier: Tier, server_key: int, key: str
) -> tuple[ColumnElement[bool], ...]:
    source = TABLES[family.name][tier.name].c
    if family.key is None:
        return (source.server_id == server_key,)
    return source.server_id == server_key, source[family.key.column] == key


def _reported_empty(connection: Connection, server_key: int, time_ms: int) -> list[str]:
    """The families of which a heartbeat said that there are none."""
    identifier = heartbeat_id(time_ms, server_key)
    payload = connection.scalar(select(heartbeats.c.payload).where(heartbeats.c.id == identifier))
    names: list[str] = json.loads(payload) if payload else []
    return names


def _batches(heartbeats: Iterable[Heartbeat]) -> Iterator[list[Heartbeat]]:
    source = iter(heartbeats)
    while batch := list(islice(source, _HEARTBEATS_PER_TRANSACTION)):
        yield batch


def _forget_some(connection: Connection, family: Family, tier: Tier, server_key: int) -> int:
    """Delete up to a transaction's worth of a server's rows; the number that went."""
    table = TABLES[family.name][tier.name]
    key = next(distinct_keys(connection, family, tier, server_key), None)
    if key is None:
        return 0
    series = _of_series(family, tier, server_key, key)
    times = connection.scalars(
        select(table.c.timestamp_ms)
        .where(*series)
        .order_by(table.c.timestamp_ms)
        .limit(_ROWS_PER_TRANSACTION)
    ).all()
    if not times:
        return 0
    if tier is RAW:
        forget_times(connection, server_key, times)
    return connection.execute(
        delete(table).where(*series, table.c.timestamp_ms <= times[-1])
    ).rowcount
