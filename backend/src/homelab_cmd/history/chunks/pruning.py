"""Deleting what retention lets go: chunk by chunk, roll-ups before what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, insert, select, update

from homelab_cmd.db.locks import Duty, lock_servers, one_at_a_time
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.sealing import sealed_rows
from homelab_cmd.history.chunks.store import ChunkRow
from homelab_cmd.history.chunks.tables import KEPT_RAW, OWN_FAMILY, ROLLED_UP, SPANS_MS
from homelab_cmd.history.ephemeral import EPHEMERAL, is_ephemeral
from homelab_cmd.history.interface import Report, Transactions
from homelab_cmd.history.rows.tables import floors
from homelab_cmd.history.tiers import DAY_MS, MINUTE, RAW, ROLLUP_TIERS, TIERS, Retention, Tier

_CHUNKS_PER_TRANSACTION = 200

Stop = Callable[[], bool]


@dataclass
class Pruner:
    """Prunes what is due, in one round of maintenance."""

    database: Transactions
    report: Report

    def prune_due(self, now_ms: int, retention: Retention, stop: Stop) -> None:
        """Raise the floors, then delete the chunks that lie below them."""
        with self.database.connect(write=True) as connection:
            one_at_a_time(connection, Duty.FLOORS)
            floor_ms = {
                tier.name: _raise_floor(connection, tier, retention.floor_ms(tier, now_ms))
                for tier in TIERS
            }
        for tier in ROLLUP_TIERS:
            with self.database.connect() as connection:
                rows = store.chunks_before(connection, tier, floor_ms[tier.name])
            below = [row for row in rows if _ends_by(row, tier, floor_ms[tier.name])]
            for start in range(0, len(below), _CHUNKS_PER_TRANSACTION):
                if stop():
                    self.report.complete = False
                    return
                self._remove(below[start : start + _CHUNKS_PER_TRANSACTION])
        self._prune_days(floor_ms, stop)
        self._prune_ephemeral(now_ms - retention.ephemeral_ms, stop)

    def _prune_days(self, floor_ms: dict[str, int], stop: Stop) -> None:
        """A server's day at a time, once the roll-ups hold it."""
        with self.database.connect() as connection:
            rows = store.chunks_before(connection, RAW, floor_ms[RAW.name])
        for _, group in groupby(rows, key=lambda row: (row.server_key, row.start_ms)):
            if stop():
                self.report.complete = False
                return
            day = list(group)
            own = next((row for row in day if row.family == OWN_FAMILY), None)
            # A day that answers for minutes is kept for as long as those would be.
            kept_raw = own is not None and own.rolled_up == KEPT_RAW
            tier = MINUTE if kept_raw else RAW
            if not _ends_by(day[0], RAW, floor_ms[tier.name]):
                continue
            if own is None or own.rolled_up in (ROLLED_UP, KEPT_RAW):
                self._remove(day, own)

    def _prune_ephemeral(self, before_ms: int, stop: Stop) -> None:
        with self.database.connect() as connection:
            rows = store.chunks_before(connection, RAW, before_ms, list(EPHEMERAL))
        due = [row for row in rows if is_ephemeral(*row.name) and _ends_by(row, RAW, before_ms)]
        for start in range(0, len(due), _CHUNKS_PER_TRANSACTION):
            if stop():
                self.report.complete = False
                return
            self._remove(due[start : start + _CHUNKS_PER_TRANSACTION])

    def _remove(self, rows: Sequence[ChunkRow], own: ChunkRow | None = None) -> None:
        """Delete chunks; those of a day only while its own still says that they may go."""
        with self.database.connect(write=True) as connection:
            lock_servers(connection, {row.server_key for row in rows})
            # A day that late data made stale meanwhile waits until it is rolled up again.
            if own is not None and own not in sealed_rows(connection, own.server_key, own.start_ms):
                return
            store.remove(connection, [row.id for row in rows])
        self.report.pruned_rows += sum(row.samples for row in rows)


def _ends_by(row: ChunkRow, tier: Tier, time_ms: int) -> bool:
    span_ms = DAY_MS if tier is RAW else SPANS_MS[tier.name]
    return row.start_ms + span_ms <= time_ms


def _raise_floor(connection: Connection, tier: Tier, floor_ms: int) -> int:
    """The tier's floor, at least as high as it was: what is gone stays gone."""
    known = connection.scalar(select(floors.c.floor_ms).where(floors.c.tier == tier.name))
    if known is None:
        if floor_ms:
            values = {"tier": tier.name, "floor_ms": floor_ms, "pruned_ms": floor_ms}
            connection.execute(insert(floors).values(values))
    elif floor_ms > known:
        changed = update(floors).where(floors.c.tier == tier.name)
        connection.execute(changed.values(floor_ms=floor_ms, pruned_ms=floor_ms))
    return max(floor_ms, known or 0)
