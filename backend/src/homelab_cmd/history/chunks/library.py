"""Opened chunks and their decoded columns, kept while they are asked for.

A chunk never changes, it is replaced under another id: so what is kept here is never stale.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from homelab_agent.contract import Family
from sqlalchemy import Connection

from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.integers import Integers
from homelab_cmd.history.chunks.layout import POSITION, TIME, ColumnPlan, read_field
from homelab_cmd.history.chunks.payload import DamagedChunk, Payload
from homelab_cmd.history.chunks.sealed import Times, needed, read_times, unknown_fields
from homelab_cmd.history.chunks.store import ChunkRow
from homelab_cmd.history.interface import Column

logger = logging.getLogger(__name__)

# Enough for a day of everything that twenty hosts' pages show.
DEFAULT_BUDGET_BYTES = 24 << 20
_OVERHEAD_BYTES = 1_000


class OpenChunk:
    """A chunk with the columns that were read from it. Its arrays are shared: never written to."""

    def __init__(self, row: ChunkRow, payload: Payload) -> None:
        self.row = row
        self.payload = payload
        self._columns: dict[int, Column] = {}
        self._times: Times | None = None

    def times(self) -> Times:
        """The heartbeats, of a server's own chunk. Raises DamagedChunk."""
        if self._times is None:
            self._times = read_times(self.payload)
        return self._times

    def positions(self) -> Integers:
        """Which heartbeats a raw chunk's rows stand in. Raises DamagedChunk."""
        return self._own(POSITION)

    def windows(self) -> Integers:
        """The starts of a roll-up's windows. Raises DamagedChunk."""
        return self._own(TIME)

    def _own(self, identifier: int) -> Integers:
        if identifier not in self._columns:
            self._columns[identifier] = Column(needed(self.payload, identifier))
        return self._columns[identifier].values

    def column(self, family: Family, plan: ColumnPlan) -> Column:
        """A column as its family declares it. Raises DamagedChunk."""
        column = self._columns.get(plan.identifier)
        if column is None:
            column = read_field(self.payload, family, plan)
            self._columns[plan.identifier] = column
        return column

    def size_bytes(self) -> int:
        # A list, since another thread may add a column meanwhile.
        decoded = sum(
            column.values.nbytes + (0 if column.valid is None else column.valid.nbytes)
            for column in list(self._columns.values())
        )
        if self._times is not None:
            decoded += 4 * self._times.time_ms.nbytes
        return self.payload.size_bytes + decoded + _OVERHEAD_BYTES


class Library:
    """Opens chunks, keeps those asked for last within a budget, and remembers damaged ones."""

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._open: OrderedDict[int, OpenChunk] = OrderedDict()
        self._lock = threading.Lock()
        self.damaged: dict[int, str] = {}
        self.unknown: set[tuple[str, int]] = set()  # families and numbers of fields

    def open(self, connection: Connection, rows: Sequence[ChunkRow]) -> dict[int, OpenChunk]:
        """The chunks of these rows by id, without the damaged ones."""
        found: dict[int, OpenChunk] = {}
        with self._lock:
            for row in rows:
                chunk = self._open.get(row.id)
                if chunk is not None:
                    self._open.move_to_end(row.id)
                    found[row.id] = chunk
        missing = {
            row.id: row for row in rows if row.id not in found and row.id not in self.damaged
        }
        for identifier, content in store.payloads(connection, list(missing)) if missing else ():
            row = missing[identifier]
            try:
                found[identifier] = OpenChunk(row, Payload(content))
            except DamagedChunk as error:
                self.report(row, error)
            else:
                self._name_unknown(row, found[identifier].payload)
        if missing:
            self._keep([found[identifier] for identifier in missing if identifier in found])
        return found

    def _name_unknown(self, row: ChunkRow, payload: Payload) -> None:
        for number in unknown_fields(payload, row.family) if row.family else ():
            if (row.family, number) not in self.unknown:
                logger.warning("Field %d of %s is not known to this version.", number, row.family)
                self.unknown.add((row.family, number))

    def _keep(self, opened: Sequence[OpenChunk]) -> None:
        with self._lock:
            for chunk in opened:
                self._open[chunk.row.id] = chunk
            # Sizes are taken here alone: columns decoded later count at the next opening.
            size = sum(chunk.size_bytes() for chunk in self._open.values())
            while size > self._budget_bytes and len(self._open) > len(opened):
                size -= self._open.popitem(last=False)[1].size_bytes()

    def report(self, row: ChunkRow, error: DamagedChunk) -> None:
        """Name a chunk that can't be read; it is left out from now on."""
        problem = f"{name_of(row)}: {error}"
        if row.id not in self.damaged:
            logger.error("A chunk of history is damaged and left out: %s", problem)
        self.damaged[row.id] = problem
        with self._lock:
            self._open.pop(row.id, None)


def name_of(row: ChunkRow) -> str:
    """What people are told a chunk is."""
    day = np.datetime64(row.first_ms, "ms")
    series = f"{row.family} {row.key!r}" if row.family else "heartbeats"
    return f"chunk {row.id} (server {row.server_key}, {series}, from {day})"
