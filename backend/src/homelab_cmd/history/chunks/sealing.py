"""Sealing: the log's heartbeats become chunks, a day of a server at a time.

Chunks are made outside any transaction and written in a short one, which looks whether what they
were made from still stands; the server is locked for that alone, so that ingest hardly waits. The
log's rows go afterwards, and only those whose times the sealed days hold: until then they are there
twice, which readers do not notice. Killed at any moment, the next round finds the rows and that
they are sealed, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.library import Library, OpenChunk
from homelab_cmd.history.chunks.logbook import Logbook, LogRow
from homelab_cmd.history.chunks.payload import DamagedChunk
from homelab_cmd.history.chunks.samples import Samples, from_log, union
from homelab_cmd.history.chunks.sealed import read_series, series_payload, times_payload
from homelab_cmd.history.chunks.store import ChunkRow, NewChunk, Which
from homelab_cmd.history.chunks.tables import OWN_FAMILY, STALE, TIMES_KEY
from homelab_cmd.history.chunks.windows import days_of
from homelab_cmd.history.floors import read_floors
from homelab_cmd.history.interface import Report, Transactions
from homelab_cmd.history.log import (
    SERVER_BITS,
    heartbeat_id,
    heartbeats,
    held_sequences,
    split_id,
)
from homelab_cmd.history.tiers import DAY_MS, RAW

SEAL_AFTER_HEARTBEATS = 720
SEAL_AFTER_MS = 7_200_000

# How many of a server's heartbeats are decoded at a time, and how many rows of the log are looked
# at in a transaction: some 20 ms outside of one, and a few inside.
_HEARTBEATS_PER_SLICE = 2_000
_ROWS_PER_SLICE = 1_000
_SERVER_MASK = (1 << SERVER_BITS) - 1
_SERVER = heartbeats.c.id.op("&")(_SERVER_MASK)

Stop = Callable[[], bool]
Mask = NDArray[np.bool_]


@dataclass
class Sealer:
    """Seals what is due, in one round of maintenance."""

    database: Transactions
    library: Library
    logbook: Logbook
    report: Report
    rests: bool = False  # as long as it works, for who takes heartbeats in this interpreter
    imports: bool = False  # what comes past the log gives way to what the log has

    def seal_due(self, now_ms: int, last_round_ms: int | None, stop: Stop) -> int | None:
        """Seal every server once one of them is due; the newest time sealed, None for nothing.

        All together, since their heartbeats share the log's pages: those are then freed, not
        rewritten.
        """
        with self.database.connect() as connection:
            counted = connection.execute(
                select(
                    _SERVER.label("server"),
                    func.count().label("number"),
                    func.min(heartbeats.c.id).label("oldest"),
                ).group_by(_SERVER)
            ).all()
        is_long_ago = last_round_ms is None or now_ms - last_round_ms >= SEAL_AFTER_MS
        if not any(
            row.number >= SEAL_AFTER_HEARTBEATS
            or (is_long_ago and now_ms - split_id(row.oldest)[0] >= SEAL_AFTER_MS)
            for row in counted
        ):
            return None
        newest_ms = -1
        for row in sorted(counted, key=lambda row: int(row.server)):
            for samples in self.unsealed(int(row.server)):
                if stop():
                    self.report.complete = False
                    return newest_ms
                self.seal(samples)
                newest_ms = max(newest_ms, int(samples.time_ms[-1]))
        return newest_ms

    def unsealed(self, server_key: int) -> Iterator[Samples]:
        """The server's heartbeats in the log, by time, some at a time."""
        after = -1
        while True:
            with self.database.connect() as connection:
                found = connection.execute(
                    select(heartbeats.c.id, heartbeats.c.sequence, heartbeats.c.payload)
                    .where(heartbeats.c.id > after, _SERVER.in_([server_key]))
                    .order_by(heartbeats.c.id)
                    .limit(_HEARTBEATS_PER_SLICE)
                )
                rows = [LogRow(*row) for row in found]
                logged = self.logbook.read(connection, rows)
            if logged:
                yield from_log(server_key, logged)
            if len(rows) < _HEARTBEATS_PER_SLICE:
                return
            after = rows[-1].id

    def seal(self, samples: Samples) -> int:
        """Unite heartbeats with what is sealed of their days; how many were new."""
        number = 0
        for day_ms in days_of(samples):
            of_day = (samples.time_ms >= day_ms) & (samples.time_ms < day_ms + DAY_MS)
            part = samples if of_day.all() else samples.take(of_day)
            added = None
            while added is None:  # again, where another process sealed the same day meanwhile
                added = self._seal_day(day_ms, part)
            number += added
        self.report.sealed_heartbeats += number
        return number

    def _seal_day(self, day_ms: int, new: Samples) -> int | None:
        with self.database.connect() as connection:
            if self.imports and (logged := _logged(connection, new)).any():
                new = new.take(~logged)
            rows = sealed_rows(connection, new.server_key, day_ms)
            opened = self.library.open(connection, rows)
        if not len(new.time_ms):
            return 0
        old = read_day(self.library, new.server_key, rows, opened)
        whole = new if old is None else union(old, new)
        number = len(whole.time_ms) - (0 if old is None else len(old.time_ms))
        if not number:
            return 0
        # Without the server's own chunk, nothing that points into it can be read.
        damaged = rows if old is None else [row for row in rows if row.id in self.library.damaged]
        sound = {row.name: row for row in rows if row not in damaged}
        changed = self._chunks(day_ms, whole, old, sound)
        with self.database.connect(write=True) as connection:
            lock_servers(connection, [new.server_key])
            if sealed_rows(connection, new.server_key, day_ms) != rows or (
                self.imports and _logged(connection, new).any()
            ):
                return None
            for row in damaged:
                store.put_aside(connection, row.id)
            store.write_chunks(connection, new.server_key, changed)
            following = store.next_day(connection, new.server_key, day_ms)
            # What came too late for a pruned day corrects nothing: the samples around it are gone.
            is_pruned = day_ms < read_floors(connection).get(RAW.name, 0)
            if following is not None and not is_pruned:
                store.set_rolled_up(connection, [following], STALE)
        return number

    def _chunks(
        self,
        day_ms: int,
        whole: Samples,
        old: Samples | None,
        rows: dict[tuple[str, str], ChunkRow],
    ) -> list[NewChunk]:
        """The day's chunks that differ from those that are there."""
        own = (OWN_FAMILY, TIMES_KEY)
        first, last = int(whole.time_ms[0]), int(whole.time_ms[-1])
        number = len(whole.time_ms)
        new = [
            NewChunk(
                *own, RAW, day_ms, first, last, number, times_payload(whole), _id(rows.get(own))
            )
        ]
        for name, samples in whole.series.items():
            before = None if old is None else old.series.get(name)
            if before is not None and np.array_equal(before.positions, samples.positions):
                continue
            at: Integers = whole.time_ms[samples.positions[[0, -1]]]
            began = time.perf_counter()
            payload = series_payload(name, samples)
            if self.rests:
                time.sleep(time.perf_counter() - began)
            new.append(
                NewChunk(
                    *name,
                    RAW,
                    day_ms,
                    int(at[0]),
                    int(at[1]),
                    len(samples.positions),
                    payload,
                    _id(rows.get(name)),
                )
            )
        return new

    def empty_log(self, until_ms: int, stop: Stop) -> set[int]:
        """Delete the log's rows that the sealed days hold; the servers that lost some."""
        touched: set[int] = set()
        after, last = -1, heartbeat_id(until_ms + 1, 0)
        while not stop():
            with self.database.connect(write=True) as connection:
                ids = list(
                    connection.scalars(
                        select(heartbeats.c.id)
                        .where(heartbeats.c.id > after, heartbeats.c.id < last)
                        .order_by(heartbeats.c.id)
                        .limit(_ROWS_PER_SLICE)
                    )
                )
                sealed = self._are_sealed(connection, ids)
                _delete(connection, ids, sealed)
            touched |= {ids[place] & _SERVER_MASK for place in np.flatnonzero(sealed).tolist()}
            if len(ids) < _ROWS_PER_SLICE:
                return touched
            after = ids[-1]
        self.report.complete = False
        return touched

    def _are_sealed(self, connection: Connection, ids: list[int]) -> Mask:
        keys = np.array(ids, np.int64)
        servers, times = keys & _SERVER_MASK, keys >> SERVER_BITS
        sealed = np.zeros(len(ids), np.bool_)
        for server_key in np.unique(servers).tolist():
            mine = servers == server_key
            for day_ms in np.unique(times[mine] - times[mine] % DAY_MS).tolist():
                there = sealed_times(connection, self.library, server_key, day_ms)
                if there is not None:
                    sealed |= mine & np.isin(times, there)
        return sealed


def _delete(connection: Connection, ids: list[int], sealed: Mask) -> None:
    # Each by its key, never all between two: another process may just have added a late one.
    chosen = [ids[place] for place in np.flatnonzero(sealed).tolist()]
    if chosen:
        connection.execute(delete(heartbeats).where(heartbeats.c.id.in_(chosen)))


def _logged(connection: Connection, samples: Samples) -> Mask:
    """Which of a server's heartbeats the log has."""
    ids = [heartbeat_id(each, samples.server_key) for each in samples.time_ms.tolist()]
    held = held_sequences(connection, ids)
    return np.array([identifier in held for identifier in ids], np.bool_)


def read_day(
    library: Library, server_key: int, rows: list[ChunkRow], opened: dict[int, OpenChunk]
) -> Samples | None:
    """All that is sealed of a day and can be read."""
    own = next((row for row in rows if row.family == OWN_FAMILY), None)
    if own is None or own.id not in opened:
        return None
    try:
        times = opened[own.id].times()
    except DamagedChunk as error:
        library.report(own, error)
        return None
    samples = Samples(
        server_key, times.time_ms, times.sequence, times.boot, times.interval_ms, times.boots
    )
    for row in rows:
        if row is not own and row.id in opened:
            try:
                samples.series[row.name] = read_series(opened[row.id].payload, row.family)
            except DamagedChunk as error:
                library.report(row, error)
    return samples


def sealed_rows(connection: Connection, server_key: int, day_ms: int) -> list[ChunkRow]:
    """The raw chunks of a server's day."""
    return store.find_chunks(connection, Which([server_key], None, RAW, day_ms, day_ms + 1))


def sealed_times(
    connection: Connection, library: Library, server_key: int, day_ms: int
) -> Integers | None:
    """The times of the heartbeats sealed of a server's day."""
    day = sealed_day(connection, library, server_key, day_ms)
    return None if day is None else day.times().time_ms


def sealed_day(
    connection: Connection, library: Library, server_key: int, day_ms: int
) -> OpenChunk | None:
    """The server's own chunk of a day, if there is one that can be read."""
    which = Which([server_key], [OWN_FAMILY], RAW, day_ms, day_ms + 1, [TIMES_KEY])
    rows = store.find_chunks(connection, which)
    for chunk in library.open(connection, rows).values():
        try:
            chunk.times()
        except DamagedChunk as error:
            library.report(chunk.row, error)
        else:
            return chunk
    return None


def _id(row: ChunkRow | None) -> int | None:
    return None if row is None else row.id
