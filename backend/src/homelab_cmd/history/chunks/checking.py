"""Reading every chunk from end to end: checksum, columns, order, counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.layout import POSITION, TIME, rollup_plan
from homelab_cmd.history.chunks.payload import DamagedChunk, Payload
from homelab_cmd.history.chunks.samples import FAMILY_OF
from homelab_cmd.history.chunks.sealed import (
    Times,
    needed,
    read_series,
    read_times,
    read_windows,
)
from homelab_cmd.history.chunks.store import ChunkRow, Which
from homelab_cmd.history.chunks.tables import OWN_FAMILY, SPANS_MS, series
from homelab_cmd.history.interface import Transactions
from homelab_cmd.history.tiers import RAW, ROLLUP_TIERS, Tier

_END_OF_TIME_MS = 1 << 60
_TOGETHER = 100


@dataclass(frozen=True)
class Damage:
    """A chunk that can't be read; `loses` are those that can't be read without it."""

    row: ChunkRow
    tier: Tier
    problem: str
    loses: tuple[ChunkRow, ...] = ()


class Checker:
    """Reads chunks in short snapshots, beside a server that replaces them."""

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self.checked = 0

    def damages(self) -> Iterator[Damage]:
        """Every damaged chunk, by server and tier."""
        with self._database.connect() as connection:
            servers = list(connection.scalars(select(series.c.server_id).distinct()))
        for server_key in sorted(servers):
            for day_ms in self._raw_days(server_key):
                yield from self._raw_day(server_key, day_ms)
            for tier in ROLLUP_TIERS:
                yield from self._windows(server_key, tier)

    def _rows(self, server_key: int, tier: Tier) -> list[ChunkRow]:
        with self._database.connect() as connection:
            return store.find_chunks(
                connection, Which([server_key], None, tier, 0, _END_OF_TIME_MS)
            )

    def _raw_days(self, server_key: int) -> list[int]:
        return sorted({row.start_ms for row in self._rows(server_key, RAW)})

    def _raw_day(self, server_key: int, day_ms: int) -> Iterator[Damage]:
        with self._database.connect() as connection:
            rows = store.find_chunks(connection, Which([server_key], None, RAW, day_ms, day_ms + 1))
            contents = dict(store.payloads(connection, [row.id for row in rows]))
        self.checked += len(rows)
        others = tuple(row for row in rows if row.family != OWN_FAMILY)
        own = next((row for row in rows if row.family == OWN_FAMILY), None)
        if own is None:
            problem = "the chunk of its server's times, which it points into, is gone"
            yield from (Damage(row, RAW, problem) for row in others)
            return
        try:
            times = _times(own, contents[own.id])
        except DamagedChunk as error:
            yield Damage(own, RAW, str(error), others)
            return
        for row in others:
            try:
                _check_series(row, contents[row.id], times)
            except DamagedChunk as error:
                yield Damage(row, RAW, str(error))

    def _windows(self, server_key: int, tier: Tier) -> Iterator[Damage]:
        rows = self._rows(server_key, tier)
        for start in range(0, len(rows), _TOGETHER):
            part = {row.id: row for row in rows[start : start + _TOGETHER]}
            with self._database.connect() as connection:
                # Those that were replaced since are left to the next check.
                contents = dict(store.payloads(connection, list(part)))
            self.checked += len(contents)
            for identifier, content in contents.items():
                try:
                    _check_windows(part[identifier], tier, content)
                except DamagedChunk as error:
                    yield Damage(part[identifier], tier, str(error))


def _times(row: ChunkRow, content: bytes) -> Times:
    times = read_times(Payload(content))
    _check_order(row, times.time_ms, SPANS_MS[RAW.name])
    codes = times.boot
    if len(codes) != row.samples or not ((codes >= -1) & (codes < len(times.boots))).all():
        raise DamagedChunk("it names a boot that it does not list")
    return times


def _check_series(row: ChunkRow, content: bytes, times: Times) -> None:
    payload = Payload(content)
    positions = needed(payload, POSITION)
    if len(positions) and not 0 <= positions.min() <= positions.max() < len(times.time_ms):
        raise DamagedChunk("it points past its server's heartbeats")
    _check_order(row, times.time_ms[positions], SPANS_MS[RAW.name])
    for column in read_series(payload, row.family).columns.values():
        _check_length(row, len(column.values))


def _check_windows(row: ChunkRow, tier: Tier, content: bytes) -> None:
    payload = Payload(content)
    time_ms = needed(payload, TIME)
    _check_order(row, time_ms, SPANS_MS[tier.name])
    if (time_ms % tier.step_ms).any():
        raise DamagedChunk("its windows do not start where the tier's do")
    family = FAMILY_OF.get(row.family)
    if family is not None:
        for column in read_windows(payload, family, rollup_plan(family))[1]:
            _check_length(row, len(column.values))


def _check_order(row: ChunkRow, time_ms: Integers, span_ms: int) -> None:
    _check_length(row, len(time_ms))
    if not len(time_ms) or (np.diff(time_ms) <= 0).any():
        raise DamagedChunk("its times do not ascend")
    first, last = int(time_ms[0]), int(time_ms[-1])
    if (first, last) != (row.first_ms, row.last_ms):
        raise DamagedChunk("its first and last time are not those that its row says")
    if not row.start_ms <= first <= last < row.start_ms + span_ms:
        raise DamagedChunk("its times lie outside of its span")


def _check_length(row: ChunkRow, length: int) -> None:
    if length != row.samples:
        raise DamagedChunk(f"it holds {length} of {row.samples} samples")
