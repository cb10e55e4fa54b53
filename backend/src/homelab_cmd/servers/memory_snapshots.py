"""Snapshots in the memory of the one process that serves, for SQLite.

Writing the JSON columns with every heartbeat would cost an SD card more than the history does, so
they follow some times an hour; at start they are brought up to date from the history. What that
can't tell, as a host's hardware, may be as old as that where the server is killed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from math import inf

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from homelab_cmd.servers.models import Server
from homelab_cmd.servers.snapshots import Report, Snapshot, from_row, to_row

REWRITE_AFTER_SECONDS = 900.0


class MemorySnapshots:
    """`Snapshots` in a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_server: dict[int, Snapshot] = {}
        self._unwritten: set[int] = set()
        self._written_at: dict[int, float] = {}  # by server, on the monotonic clock
        self._began: dict[int, int] = {}

    def load(self, connection: Connection) -> None:
        """Read what the table holds."""
        table = Server.__table__
        rows = connection.execute(select(table).where(table.c.deleted_at_ms.is_(None)))
        with self._lock:
            self._by_server = {row["id"]: from_row(row) for row in rows.mappings()}
            self._unwritten.clear()
            known = (key for key, each in self._by_server.items() if each.last_seen_ms is not None)
            self._written_at = dict.fromkeys(known, time.monotonic())

    def add_in(self, connection: Connection, reports: Sequence[Report]) -> None:
        """Nothing: a batch is absorbed once it is committed."""

    def absorb(self, reports: Iterable[Report]) -> None:
        with self._lock:
            for report in reports:
                snapshot = self._by_server.setdefault(report.server_key, Snapshot())
                if snapshot.last_seen_ms is None:
                    self._began[report.server_key] = report.time_ms
                snapshot.absorb(report)
                self._unwritten.add(report.server_key)

    def write(self, connection: Connection, *, everything: bool) -> None:
        now = time.monotonic()
        with self._lock:
            due = {
                key
                for key in self._unwritten
                # What never was in the table goes there at the next chance.
                if everything or now - self._written_at.get(key, -inf) >= REWRITE_AFTER_SECONDS
            }
            changed = {key: to_row(self._by_server[key]) for key in due}
            self._unwritten -= due
            self._written_at.update(dict.fromkeys(due, now))
        for key, values in changed.items():
            connection.execute(update(Server).where(Server.id == key).values(values))

    def began_with(self, server_key: int, time_ms: int) -> bool:
        return self._began.get(server_key) == time_ms

    def get(self, connection: Connection, server_key: int) -> Snapshot:  # noqa: ARG002 - not needed here
        with self._lock:
            return self._by_server.get(server_key) or Snapshot()

    def get_many(self, connection: Connection, server_keys: Sequence[int]) -> list[Snapshot]:
        return [self.get(connection, server_key) for server_key in server_keys]

    def forget(self, server_key: int) -> None:
        with self._lock:
            self._by_server.pop(server_key, None)
            self._unwritten.discard(server_key)

    def forget_row(
        self,
        session: Session,
        server_key: int,
        family: str,
        key_name: str,
        key: str,
    ) -> bool:
        with self._lock:
            snapshot = self._by_server.get(server_key, Snapshot())
            if not snapshot.drop_row(family, key_name, key):
                return False
            row = to_row(snapshot)
        # A person's word is kept at once: only what the history can tell again may wait.
        session.execute(update(Server).where(Server.id == server_key).values(row))
        return True
