"""Deleting what retention lets go, an hour of one server at a time, or by whole chunks.

A tier's floor rises before its first row goes, so that readers take the coarser tier from then on;
after a crash the deleting goes on from where all was known to be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import (
    Connection,
    Integer,
    column,
    delete,
    func,
    insert,
    select,
    table,
    update,
)

from homelab_cmd.db.locks import Duty, lock_servers, one_at_a_time
from homelab_cmd.history.ephemeral import is_ephemeral
from homelab_cmd.history.interface import Report, Transactions
from homelab_cmd.history.log import SERVER_BITS, heartbeat_id, heartbeats
from homelab_cmd.history.rows.expired import drop_expired
from homelab_cmd.history.rows.read import distinct_keys
from homelab_cmd.history.rows.tables import KEPT_RAW, TABLES, floors, marks
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, MINUTE, RAW, TIERS, Retention, Tier

_servers = table("servers", column("id", Integer))


def prune(
    database: Transactions,
    now_ms: int,
    retention: Retention,
    stop: Callable[[], bool],
    report: Report,
) -> bool:
    """Delete what is older than its tier is kept. False where `stop` cut it short."""
    for tier in TIERS:
        with database.connect(write=True) as connection:
            start_ms, end_ms = _raise_floor(connection, tier, retention.floor_ms(tier, now_ms))
            servers = list(connection.scalars(select(_servers.c.id).order_by(_servers.c.id)))
        empty_ms = drop_expired(database, tier, end_ms, report) if end_ms else 0
        if empty_ms is None:
            return False
        done_ms = start_ms
        while done_ms < end_ms and not stop():
            if done_ms < empty_ms:
                _prune_empty_hour(database, tier, servers, done_ms)
            elif not _prune_hour(database, tier, servers, done_ms, report):
                break
            done_ms += HOUR_MS
        if done_ms > start_ms:
            with database.connect(write=True) as connection:
                # Not where an import just brought older samples, which are to go as well.
                done = update(floors).where(
                    floors.c.tier == tier.name, floors.c.pruned_ms == start_ms
                )
                connection.execute(done.values(pruned_ms=done_ms))
        if done_ms < end_ms:
            return False
    return _prune_ephemeral(database, now_ms - retention.ephemeral_ms, stop, report)


def _prune_ephemeral(
    database: Transactions, before_ms: int, stop: Callable[[], bool], report: Report
) -> bool:
    """Delete the samples of series without a stable name, a day of one at a time."""
    with database.connect() as connection:
        servers = list(connection.scalars(select(_servers.c.id).order_by(_servers.c.id)))
        due = [
            (family, server_key, key)
            for family in FAMILIES
            if family.ephemeral
            for server_key in servers
            for key in distinct_keys(connection, family, RAW, server_key)
            if is_ephemeral(family.name, key)
        ]
    for family, server_key, key in due:
        deleted = 1
        while deleted:
            if stop():
                return False
            with database.connect(write=True) as connection:
                deleted = _delete_day(connection, family, server_key, key, before_ms)
            report.pruned_rows += deleted
    return True


def _delete_day(
    connection: Connection, family: Family, server_key: int, key: str, before_ms: int
) -> int:
    """Delete the oldest day of a series, as far as it is older than that."""
    source = TABLES[family.name][RAW.name]
    series = [source.c.server_id == server_key]
    if family.key:
        series.append(source.c[family.key.column] == key)
    oldest_ms = connection.scalar(select(func.min(source.c.timestamp_ms)).where(*series))
    if oldest_ms is None or oldest_ms >= before_ms:
        return 0
    end_ms = min(before_ms, oldest_ms + DAY_MS)
    return connection.execute(
        delete(source).where(*series, source.c.timestamp_ms < end_ms)
    ).rowcount


def _prune_hour(
    database: Transactions, tier: Tier, servers: Sequence[int], hour_ms: int, report: Report
) -> bool:
    """Empty an hour of a tier. False where it is not rolled up yet and has to stay."""
    for server_key in servers:
        with database.connect(write=True) as connection:
            lock_servers(connection, [server_key])
            mark = (marks.c.server_id == server_key, marks.c.hour_ms == hour_ms)
            claim = connection.scalar(select(marks.c.claim).where(*mark))
            if tier is RAW and claim not in (None, KEPT_RAW):
                return False
            if tier is not RAW:
                report.pruned_rows += _delete_windows(connection, tier, server_key, hour_ms)
            if (tier is RAW and claim is None) or (tier is MINUTE and claim == KEPT_RAW):
                report.pruned_rows += _delete_samples(connection, server_key, hour_ms)
                connection.execute(delete(marks).where(*mark))
    with database.connect(write=True) as connection:
        _prune_log(connection, tier, servers, hour_ms)
    return True


def _prune_empty_hour(
    database: Transactions, tier: Tier, servers: Sequence[int], hour_ms: int
) -> None:
    """Delete what else there is of an hour whose rows are gone."""
    if tier not in (RAW, MINUTE):
        return
    with database.connect(write=True) as connection:
        if tier is MINUTE:
            kept = (marks.c.hour_ms == hour_ms, marks.c.claim == KEPT_RAW)
            connection.execute(delete(marks).where(*kept))
        _prune_log(connection, tier, servers, hour_ms)


def _prune_log(connection: Connection, tier: Tier, servers: Sequence[int], hour_ms: int) -> None:
    """Delete an hour's heartbeats from the log, but for servers whose samples are kept longer."""
    if tier not in (RAW, MINUTE):
        return
    kept = select(marks.c.server_id).where(
        marks.c.server_id.in_(servers), marks.c.hour_ms == hour_ms
    )
    connection.execute(
        delete(heartbeats).where(
            heartbeats.c.id >= heartbeat_id(hour_ms, 0),
            heartbeats.c.id < heartbeat_id(hour_ms + HOUR_MS, 0),
            heartbeats.c.id.op("%")(1 << SERVER_BITS).not_in(kept),
        )
    )


def _delete_samples(connection: Connection, server_key: int, hour_ms: int) -> int:
    """Delete the samples of an hour."""
    deleted = 0
    for family in FAMILIES:
        source = TABLES[family.name][RAW.name]
        within = (
            source.c.server_id == server_key,
            source.c.timestamp_ms >= hour_ms,
            source.c.timestamp_ms < hour_ms + HOUR_MS,
        )
        deleted += connection.execute(delete(source).where(*within)).rowcount
    return deleted


def _delete_windows(connection: Connection, tier: Tier, server_key: int, hour_ms: int) -> int:
    deleted = 0
    for family in FAMILIES:
        target = TABLES[family.name][tier.name]
        for key in distinct_keys(connection, family, tier, server_key):
            condition = [
                target.c.server_id == server_key,
                target.c.timestamp_ms >= hour_ms,
                target.c.timestamp_ms < hour_ms + HOUR_MS,
            ]
            if family.key:
                condition.append(target.c[family.key.column] == key)
            deleted += connection.execute(delete(target).where(*condition)).rowcount
    return deleted


def _raise_floor(connection: Connection, tier: Tier, floor_ms: int) -> tuple[int, int]:
    """The span that is to be emptied. A floor never sinks: what is gone stays gone."""
    one_at_a_time(connection, Duty.FLOORS)
    known = connection.execute(select(floors).where(floors.c.tier == tier.name)).one_or_none()
    if known is None:
        oldest_ms = _oldest(connection, tier)
        if not floor_ms or oldest_ms is None:
            return 0, 0
        start_ms = min(oldest_ms, floor_ms)
        connection.execute(
            insert(floors).values(tier=tier.name, floor_ms=floor_ms, pruned_ms=start_ms)
        )
        return start_ms, floor_ms
    if floor_ms > known.floor_ms:
        connection.execute(
            update(floors).where(floors.c.tier == tier.name).values(floor_ms=floor_ms)
        )
    return known.pruned_ms, max(floor_ms, known.floor_ms)


def _oldest(connection: Connection, tier: Tier) -> int | None:
    """The start of the first hour that the tier holds, or samples in its place."""
    oldest = [
        connection.scalar(select(func.min(TABLES[family.name][tier.name].c.timestamp_ms)))
        for family in FAMILIES
    ]
    if tier is MINUTE:
        oldest.append(connection.scalar(select(func.min(marks.c.hour_ms))))
    present = [time_ms - time_ms % HOUR_MS for time_ms in oldest if time_ms is not None]
    return min(present, default=None)
