"""Moving history: a server's into another's, a series' to another key.

What is there wins. Each step is a transaction of its own, a chunk or a server's day; after a crash
the next attempt finds what is left. A chunk that moves becomes another row, as one that changes
does; days with samples are rolled up anew, since other samples precede theirs now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection, delete

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history import frames
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.layout import rollup_plan
from homelab_cmd.history.chunks.library import Library, OpenChunk
from homelab_cmd.history.chunks.logbook import Logbook
from homelab_cmd.history.chunks.payload import DamagedChunk
from homelab_cmd.history.chunks.samples import (
    FAMILY_OF,
    Samples,
    SeriesName,
    SeriesSamples,
    joined,
)
from homelab_cmd.history.chunks.sealed import (
    read_series,
    read_windows,
    series_payload,
    windows_payload,
)
from homelab_cmd.history.chunks.sealing import Sealer, read_day, sealed_day, sealed_rows
from homelab_cmd.history.chunks.store import ChunkRow, NewChunk, Which
from homelab_cmd.history.chunks.tables import STALE
from homelab_cmd.history.interface import Frame, Report, Transactions
from homelab_cmd.history.log import heartbeat_id, heartbeats
from homelab_cmd.history.tiers import RAW, ROLLUP_TIERS, Tier

_END_OF_TIME_MS = 1 << 60
_IDS_PER_STATEMENT = 500

Stop = Callable[[], bool]


@dataclass
class Mover:
    """Moves one thing."""

    database: Transactions
    library: Library
    logbook: Logbook

    def _sealer(self, *, imports: bool) -> Sealer:
        report = Report()
        return Sealer(
            self.database, self.library, self.logbook, report, rests=True, imports=imports
        )

    def merge(self, old: int, into: int, stop: Stop) -> bool:
        """Give a server's history to another one; whether all of it is there."""
        for tier in ROLLUP_TIERS:
            for row in self._rows(old, tier):
                if stop():
                    return False
                self._move_windows(row, tier, into, row.name)
        for day_ms in sorted({row.start_ms for row in self._rows(old, RAW)}):
            if stop():
                return False
            self._move_day(old, into, day_ms)
        sealer = self._sealer(imports=True)
        for samples in sealer.unsealed(old):
            if stop():
                return False
            sealer.seal(replace(samples, server_key=into))
            self._forget_logged(samples)
        with self.database.connect(write=True) as connection:
            for row in store.set_aside(connection):
                if row.server_key == old:
                    store.transplant(connection, row, into, row.name)
        return True

    def rename(self, server_key: int, old: SeriesName, new: SeriesName, stop: Stop) -> bool:
        """Give a series' history to another key of its family; whether all of it is there."""
        sealer, newest_ms = self._sealer(imports=False), -1
        for samples in sealer.unsealed(server_key):
            sealer.seal(samples)
            newest_ms = int(samples.time_ms[-1])
        sealer.empty_log(newest_ms, stop)
        for tier in ROLLUP_TIERS:
            for row in self._rows(server_key, tier, old):
                if stop():
                    return False
                self._move_windows(row, tier, server_key, new)
        for row in self._rows(server_key, RAW, old):
            if stop():
                return False
            self._move_series_day(row, new)
        return True

    def _rows(self, server_key: int, tier: Tier, name: SeriesName | None = None) -> list[ChunkRow]:
        families, keys = (None, None) if name is None else ([name[0]], [name[1]])
        which = Which([server_key], families, tier, 0, _END_OF_TIME_MS, keys)
        with self.database.connect() as connection:
            return store.find_chunks(connection, which)

    def _move_windows(self, row: ChunkRow, tier: Tier, server_key: int, name: SeriesName) -> None:
        """A chunk of windows; where there is one, those whose windows it lacks."""
        which = Which([server_key], [name[0]], tier, row.start_ms, row.start_ms + 1, [name[1]])
        moved = False
        while not moved:  # again, where maintenance replaced one of the two meanwhile
            with self.database.connect() as connection:
                there = store.find_chunks(connection, which)
                opened = self.library.open(connection, [row, *there])
            frames_of = {each.id: self._windows(opened.get(each.id)) for each in (row, *there)}
            united = _united([frames_of[each.id] for each in (*there, row)])
            with self.database.connect(write=True) as connection:
                lock_servers(connection, [row.server_key, server_key])
                if not store.is_there(connection, row.id):
                    return
                if store.find_chunks(connection, which) != there:
                    continue
                moved = True
                damaged = [each for each in (row, *there) if frames_of[each.id] is None]
                for each in damaged:
                    store.put_aside(connection, each.id)
                if row in damaged or not there or there[0] in damaged:
                    if row not in damaged:
                        store.transplant(connection, row, server_key, name)
                elif united is not None:
                    chunk = _window_chunk(name, tier, row.start_ms, united, there[0].id)
                    store.write_chunks(connection, server_key, [chunk])
                    store.remove(connection, [row.id])

    def _windows(self, chunk: OpenChunk | None) -> Frame | None:
        """All windows of a chunk, None where it can't be read."""
        family = None if chunk is None else FAMILY_OF.get(chunk.row.family)
        if chunk is None or family is None:
            return None
        plans = rollup_plan(family)
        try:
            time_ms, columns = read_windows(chunk.payload, family, plans)
        except DamagedChunk as error:
            self.library.report(chunk.row, error)
            return None
        by_name = dict(zip((plan.name for plan in plans), columns, strict=True))
        return Frame(0, "", time_ms, by_name)

    def _move_day(self, old: int, into: int, day_ms: int) -> None:
        """A server's day of samples."""
        with self.database.connect(write=True) as connection:
            lock_servers(connection, [old, into])
            rows = sealed_rows(connection, old, day_ms)
            if not sealed_rows(connection, into, day_ms):
                for row in rows:
                    store.transplant(connection, row, into, row.name)
                _roll_up_again(connection, into, day_ms)
                return
        with self.database.connect() as connection:
            opened = self.library.open(connection, rows)
        sealer = self._sealer(imports=True)
        samples = read_day(self.library, old, rows, opened)
        if samples is not None:
            sealer.seal(replace(samples, server_key=into))
        with self.database.connect(write=True) as connection:
            for row in rows:
                if samples is None or row.id not in opened:
                    store.put_aside(connection, row.id)
                else:
                    store.remove(connection, [row.id])

    def _move_series_day(self, row: ChunkRow, new: SeriesName) -> None:
        """A series' day of samples; where the other key has some too, those it lacks."""
        which = Which([row.server_key], [new[0]], RAW, row.start_ms, row.start_ms + 1, [new[1]])
        moved = False
        while not moved:
            with self.database.connect() as connection:
                there = store.find_chunks(connection, which)
                own = sealed_day(connection, self.library, row.server_key, row.start_ms)
                opened = self.library.open(connection, [row, *there])
            parts = {each.id: self._samples(opened.get(each.id)) for each in (row, *there)}
            with self.database.connect(write=True) as connection:
                lock_servers(connection, [row.server_key])
                if not store.is_there(connection, row.id):
                    return
                if store.find_chunks(connection, which) != there:
                    continue
                moved = True
                for each in there:
                    if parts[each.id] is None:
                        store.put_aside(connection, each.id)
                mine, theirs = parts[row.id], parts[there[0].id] if there else None
                if mine is None or own is None:
                    store.put_aside(connection, row.id)
                elif theirs is None:
                    store.transplant(connection, row, row.server_key, new)
                else:
                    times = own.times().time_ms
                    chunk = _series_chunk(new, row.start_ms, _added(theirs, mine), times)
                    chunk = replace(chunk, replaces=there[0].id)
                    store.write_chunks(connection, row.server_key, [chunk])
                    store.remove(connection, [row.id])
                _roll_up_again(connection, row.server_key, row.start_ms)

    def _samples(self, chunk: OpenChunk | None) -> SeriesSamples | None:
        if chunk is None:
            return None
        try:
            return read_series(chunk.payload, chunk.row.family)
        except DamagedChunk as error:
            self.library.report(chunk.row, error)
            return None

    def _forget_logged(self, samples: Samples) -> None:
        ids = [heartbeat_id(each, samples.server_key) for each in samples.time_ms.tolist()]
        with self.database.connect(write=True) as connection:
            for start in range(0, len(ids), _IDS_PER_STATEMENT):
                part = ids[start : start + _IDS_PER_STATEMENT]
                connection.execute(delete(heartbeats).where(heartbeats.c.id.in_(part)))


def _roll_up_again(connection: Connection, server_key: int, day_ms: int) -> None:
    """A day whose samples are others now, and the next one, whose first increases begin there."""
    store.let_roll_up_again(connection, server_key, day_ms, day_ms + 1)
    following = store.next_day(connection, server_key, day_ms)
    if following is not None:
        store.set_rolled_up(connection, [following], STALE)


def _united(pieces: Sequence[Frame | None]) -> Frame | None:
    """Windows by time; of one that is in several pieces the first piece's."""
    present = [piece for piece in pieces if piece is not None]
    if not present:
        return None
    first = present[0]
    for piece in present[1:]:
        fresh = piece.take(~np.isin(piece.time_ms, first.time_ms))
        first = frames.join([part for part in (first, fresh) if len(part.time_ms)])
    return first


def _added(there: SeriesSamples, more: SeriesSamples) -> SeriesSamples:
    """Samples, and those of others that stand in heartbeats that they are not in."""
    fresh = ~np.isin(more.positions, there.positions)
    columns = {number: column.take(fresh) for number, column in more.columns.items()}
    return joined([(there.positions, there.columns), (more.positions[fresh], columns)])


def _window_chunk(
    name: SeriesName, tier: Tier, start_ms: int, frame: Frame, replaces: int
) -> NewChunk:
    first, last = int(frame.time_ms[0]), int(frame.time_ms[-1])
    payload = windows_payload(FAMILY_OF[name[0]], frame)
    return NewChunk(*name, tier, start_ms, first, last, len(frame.time_ms), payload, replaces)


def _series_chunk(
    name: SeriesName, day_ms: int, samples: SeriesSamples, time_ms: Integers
) -> NewChunk:
    first, last = (int(time_ms[samples.positions[place]]) for place in (0, -1))
    number = len(samples.positions)
    return NewChunk(*name, RAW, day_ms, first, last, number, series_payload(name, samples))
