"""The chunks engine: what arrives goes into the log, what is sealed into compressed columns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from homelab_agent.contract import Family
from sqlalchemy import Connection, delete, func, select

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.chunks import handover, records, store
from homelab_cmd.history.chunks.layout import POSITION
from homelab_cmd.history.chunks.library import Library
from homelab_cmd.history.chunks.logbook import Logbook
from homelab_cmd.history.chunks.mending import examine
from homelab_cmd.history.chunks.moving import Mover
from homelab_cmd.history.chunks.newest import latest, newest_ms
from homelab_cmd.history.chunks.payload import DamagedChunk, Payload
from homelab_cmd.history.chunks.pruning import Pruner
from homelab_cmd.history.chunks.reading import RawReader
from homelab_cmd.history.chunks.rolling import Roller
from homelab_cmd.history.chunks.samples import LoggedHeartbeat, Samples, from_log
from homelab_cmd.history.chunks.sealing import Sealer, sealed_day
from homelab_cmd.history.chunks.store import ChunkRow, Which
from homelab_cmd.history.chunks.tables import TIER_CODES, span_start
from homelab_cmd.history.chunks.tail import Tail
from homelab_cmd.history.chunks.windows import WindowReader
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
from homelab_cmd.history.log import (
    SERVER_BITS,
    heartbeat_id,
    heartbeats,
    held_sequences,
    judge,
    split_id,
)
from homelab_cmd.history.tiers import DAY_MS, HOUR, RAW, Retention, Tier, floor_to

_IMPORTED_TOGETHER = 10_000
_FORGOTTEN_TOGETHER = 200
_FLOORS_SECONDS = 10
_MEASURED_CHUNKS = 500
VALUE_BYTES = 8  # of an int64 or a float64, what a value is before it is compressed
_SERVER = heartbeats.c.id.op("&")((1 << SERVER_BITS) - 1)

# What stats call the server's own chunks and the log.
_OWN_NAME = "heartbeats"
_LOG_TIER = "log"


class ChunksEngine:
    """`HistoryEngine` on three tables for every family and tier."""

    def __init__(self) -> None:
        self._library = Library()
        self._logbook = Logbook()
        self._tail = Tail(self._logbook)
        self._sealed_at_ms: int | None = None
        self._floors: tuple[float, dict[str, int]] | None = None

    def append(self, connection: Connection, batch: Sequence[Heartbeat]) -> list[Outcome]:
        server_keys = {heartbeat.server_key for heartbeat in batch}
        lock_servers(connection, server_keys)
        self._logbook.follow(connection, server_keys)
        outcomes = judge(batch, self._held(connection, batch))
        rows = []
        for heartbeat, outcome in zip(batch, outcomes, strict=True):
            if outcome is Outcome.STORED:
                identifier = heartbeat_id(heartbeat.time_ms, heartbeat.server_key)
                payload = self._logbook.pack(connection, heartbeat)
                rows.append((identifier, heartbeat.sequence, payload))
                self._tail.appended(heartbeat.server_key, heartbeat.time_ms)
        if rows:
            # The driver's own words: the statement of every heartbeat, built once.
            marks = "?, ?, ?" if connection.dialect.name == "sqlite" else "%s, %s, %s"
            connection.exec_driver_sql(
                f"INSERT INTO heartbeats (id, sequence, payload) VALUES ({marks})",  # noqa: S608 - the driver's marks
                rows,
            )
        return outcomes

    def _held(self, connection: Connection, batch: Sequence[Heartbeat]) -> dict[int, int | None]:
        """Which of these are in the log or sealed, with their sequences."""
        asked = [each for each in batch if not self._is_next(connection, each)]
        if not asked:
            return {}
        ids = [heartbeat_id(heartbeat.time_ms, heartbeat.server_key) for heartbeat in asked]
        held = held_sequences(connection, ids)
        days = {(each.server_key, floor_to(each.time_ms, DAY_MS)) for each in asked}
        for server_key, day_ms in days:
            chunk = sealed_day(connection, self._library, server_key, day_ms)
            if chunk is not None:
                times = chunk.times()
                wanted = np.array([e.time_ms for e in asked if e.server_key == server_key])
                _, places, _ = np.intersect1d(times.time_ms, wanted, return_indices=True)
                known = times.sequence.mask()
                for place in places.tolist():
                    sequence = int(times.sequence.values[place]) if known[place] else None
                    held[heartbeat_id(int(times.time_ms[place]), server_key)] = sequence
        return held

    def _is_next(self, connection: Connection, heartbeat: Heartbeat) -> bool:
        """Whether it is newer than all that is held of its server, so that nobody need look."""
        if connection.dialect.name != "sqlite":
            return False  # other processes append too
        if not self._tail.knows(heartbeat.server_key):
            self._tail.begin(heartbeat.server_key, newest_ms(connection, heartbeat.server_key))
        return self._tail.is_next(heartbeat.server_key, heartbeat.time_ms)

    def range(self, connection: Connection, selection: Selection) -> list[Frame]:
        tails = self._tail.read(connection, list(selection.server_keys))
        floor_ms = self.floors(connection).get(selection.tier.name, 0)
        if selection.start_ms < floor_ms:
            selection = replace(selection, start_ms=floor_ms)
        if selection.start_ms >= selection.end_ms:
            return []
        reader = RawReader if selection.tier is RAW else WindowReader
        return reader(connection, self._library, tails, selection).frames()

    def keys(
        self, connection: Connection, server_key: int, family: Family, start_ms: int, end_ms: int
    ) -> list[str]:
        found: set[str] = set()
        for block in self._tail.read(connection, [server_key])[server_key]:
            for (name, key), samples in block.series.items():
                if name == family.name and key not in found:
                    times = block.time_ms[samples.positions]
                    if ((times >= start_ms) & (times < end_ms)).any():
                        found.add(key)
        for tier in (RAW, HOUR):
            first_ms = start_ms - start_ms % (tier.step_ms or 1)
            which = Which([server_key], [family.name], tier, span_start(tier, first_ms), end_ms)
            rows = [
                row
                for row in store.find_chunks(connection, which)
                if row.last_ms >= first_ms and row.first_ms < end_ms and row.key not in found
            ]
            found |= {row.key for row in self._within(connection, rows, tier, first_ms, end_ms)}
        return sorted(found)

    def _within(
        self,
        connection: Connection,
        rows: Sequence[ChunkRow],
        tier: Tier,
        start_ms: int,
        end_ms: int,
    ) -> Iterator[ChunkRow]:
        """Those of the chunks that have a sample in the range, not only around it."""
        opened = self._library.open(connection, rows)
        for row in rows:
            if row.first_ms >= start_ms or row.last_ms < end_ms:
                yield row
            elif row.id in opened:
                try:
                    if tier is RAW:
                        day = sealed_day(connection, self._library, row.server_key, row.start_ms)
                        positions = opened[row.id].positions()
                        times = day.times().time_ms[positions] if day else positions[:0]
                    else:
                        times = opened[row.id].windows()
                except DamagedChunk as error:
                    self._library.report(row, error)
                else:
                    if ((times >= start_ms) & (times < end_ms)).any():
                        yield row

    def floors(self, connection: Connection) -> Mapping[str, int]:
        if connection.dialect.name != "sqlite":
            return read_floors(connection)  # another process may have raised them just now
        now = time.monotonic()
        if self._floors is None or now - self._floors[0] > _FLOORS_SECONDS:
            self._floors = now, read_floors(connection)
        return self._floors[1]

    def latest(self, connection: Connection, server_key: int) -> dict[str, tuple[int, list[Any]]]:
        return latest(connection, self._library, self._logbook, server_key)

    def maintain(
        self,
        database: Transactions,
        now_ms: int,
        retention: Retention,
        stop: Callable[[], bool],
    ) -> Report:
        report = Report()
        self._tail.let_go()
        self._renew_dictionaries(database)
        sealer = Sealer(database, self._library, self._logbook, report, rests=True)
        newest_ms = sealer.seal_due(now_ms, self._sealed_at_ms, stop)
        if newest_ms is not None and not stop():
            for server_key in sealer.empty_log(newest_ms, stop):
                self._tail.emptied(server_key)
            self._sealed_at_ms = now_ms
        if not stop():
            Roller(database, self._library, report).roll_up_due(now_ms, stop)
        if not stop():
            Pruner(database, report).prune_due(now_ms, retention, stop)
        self._floors = None
        report.complete = report.complete and not stop()
        report.problems += [*self._library.damaged.values(), *self._logbook.damaged.values()]
        report.problems += [
            f"{family}: sealed history holds a field {number} that this version does not know"
            for family, number in sorted(self._library.unknown)
        ]
        return report

    def _renew_dictionaries(self, database: Transactions) -> None:
        """Give dictionaries to the servers whose records do not shrink."""
        for server_key, content in self._logbook.new_dictionaries().items():
            with database.connect(write=True) as connection:
                dictionary = self._logbook.store_dictionary(connection, server_key, content)
            self._logbook.use(server_key, dictionary)

    def bulk_import(self, database: Transactions, heartbeats: Iterable[Heartbeat]) -> int:
        sealer = Sealer(database, self._library, self._logbook, Report(), imports=True)
        source = iter(heartbeats)
        new = 0
        while batch := list(islice(source, _IMPORTED_TOGETHER)):
            by_server: dict[int, dict[int, LoggedHeartbeat]] = {}
            for heartbeat in batch:
                record = records.decode(records.encode(heartbeat))
                logged = LoggedHeartbeat(heartbeat.time_ms, heartbeat.sequence, record)
                by_server.setdefault(heartbeat.server_key, {}).setdefault(heartbeat.time_ms, logged)
            for server_key, by_time in by_server.items():
                ordered = [by_time[time_ms] for time_ms in sorted(by_time)]
                new += sealer.seal(from_log(server_key, ordered))
        return new

    def import_samples(self, database: Transactions, samples: Samples) -> int:
        """Take in a server's heartbeats that are columns already; the number that was new."""
        report = Report()
        return Sealer(database, self._library, self._logbook, report, imports=True).seal(samples)

    def merge(self, database: Transactions, old: int, into: int, stop: Callable[[], bool]) -> bool:
        is_done = Mover(database, self._library, self._logbook).merge(old, into, stop)
        self._tail.forget(into)  # its newest may be another one now
        return is_done

    def rename(
        self, database: Transactions, which: Series, new_key: str, stop: Callable[[], bool]
    ) -> bool:
        old, new = (which.family.name, which.key), (which.family.name, new_key)
        mover = Mover(database, self._library, self._logbook)
        is_done = mover.rename(which.server_key, old, new, stop)
        self._tail.forget(which.server_key)  # it knows the series by its old key
        return is_done

    def days(self, connection: Connection) -> Mapping[tuple[int, int], int]:
        return handover.days(connection)

    def heartbeats(self, connection: Connection, server_key: int, day_ms: int) -> list[Heartbeat]:
        return handover.heartbeats_of(connection, self._library, self._logbook, server_key, day_ms)

    def import_windows(
        self, database: Transactions, family: Family, tier: Tier, frames: Iterable[Frame]
    ) -> None:
        handover.import_windows(database, self._library, family, tier, frames)

    def settle(self, database: Transactions, server_key: int, end_ms: int) -> None:
        handover.settle(database, self._library, server_key, end_ms)

    def forget(self, database: Transactions, server_key: int, stop: Callable[[], bool]) -> bool:
        more = True
        while more:
            if stop():
                return False
            with database.connect(write=True) as connection:
                lock_servers(connection, [server_key])
                more = store.forget_some(connection, server_key, _FORGOTTEN_TOGETHER)
        with database.connect(write=True) as connection:
            connection.execute(delete(heartbeats).where(_SERVER.in_([server_key])))
        self._tail.forget(server_key)
        self._logbook.forget(server_key)
        return True

    def stats(self, connection: Connection) -> list[StoredSize]:
        names = {code: name for name, code in TIER_CODES.items()}
        found = [
            StoredSize(server_key, family or _OWN_NAME, names.get(tier, _LOG_TIER), *counts)
            for server_key, family, tier, *counts in store.sizes(connection)
        ]
        size_bytes = func.coalesce(func.sum(func.length(heartbeats.c.payload)), 0)
        logged = select(_SERVER, func.count(), size_bytes, func.max(heartbeats.c.id)).group_by(
            _SERVER
        )
        found += [
            StoredSize(int(server_key), _OWN_NAME, _LOG_TIER, number, int(sized), split_id(last)[0])
            for server_key, number, sized, last in connection.execute(logged)
        ]
        return found

    def compression_ratio(self, connection: Connection) -> float | None:
        """Of the newest raw chunks: a sample of them, since every payload would have to be read."""
        plain = compressed = 0
        for row, content in store.newest_payloads(connection, RAW, _MEASURED_CHUNKS):
            try:
                payload = Payload(content)
            except DamagedChunk as error:
                self._library.report(row, error)
                continue
            values = len(set(payload.ids) - {POSITION})
            plain += VALUE_BYTES * values * payload.rows
            compressed += payload.size_bytes
        return plain / compressed if compressed else None

    def examine(self, database: Transactions, *, mend: bool) -> Examination:
        return examine(database, self.range, mend=mend)

    def remake(self, connection: Connection, which: SeriesDay) -> None:
        lock_servers(connection, [which.server_key])
        store.let_roll_up_again(connection, which.server_key, which.day_ms, which.day_ms + DAY_MS)
