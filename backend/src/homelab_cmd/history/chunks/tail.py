"""The unsealed part of history, decoded: the log's heartbeats as columns, kept in memory.

The log is the truth: each reader takes from it, within its own snapshot, what is not here yet. Live
heartbeats are those after the last one seen. A late one has an older time, so the process that
appends it says so here, and the next reader looks for it by its key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from homelab_cmd.history.chunks.logbook import Logbook, LogRow
from homelab_cmd.history.chunks.samples import Samples, from_log, union
from homelab_cmd.history.log import heartbeat_id, heartbeats, split_id

# Blocks are joined when they are so many: one comes with each look at a live host.
_MAX_BLOCKS = 12
_PER_STATEMENT = 500
# For how long a late heartbeat may stay invisible, because its transaction is still open.
_LATE_SECONDS = 600
# For how long readers may hold a snapshot from before the log was emptied.
_SNAPSHOT_SECONDS = 60

_COLUMNS = (heartbeats.c.id, heartbeats.c.sequence, heartbeats.c.payload)
_SINCE = select(*_COLUMNS).where(heartbeats.c.id > bindparam("since"))
_SINCE_OF_ONE = _SINCE.where(heartbeats.c.id.op("&")(bindparam("mask")) == bindparam("server"))
_BY_ID = select(*_COLUMNS).where(heartbeats.c.id.in_(bindparam("ids", expanding=True)))
_SERVER_MASK = split_id(-1)[1]


@dataclass
class _ServerTail:
    seen: int = -1  # the key of the newest row taken from the log
    blocks: list[Samples] = field(default_factory=list)
    emptied_at: float | None = None  # when the log last lost sealed rows


class Tail:
    """Every server's unsealed heartbeats."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self._servers: dict[int, _ServerTail] = {}
        self._late: dict[int, dict[int, float]] = {}
        self._appended: dict[int, int] = {}
        self._lock = threading.Lock()

    def knows(self, server_key: int) -> bool:
        """Whether it was told what the server's newest is."""
        return server_key in self._appended

    def begin(self, server_key: int, newest_ms: int) -> None:
        """Take note of the newest that was held of a server before this process appended to it."""
        with self._lock:
            self._appended.setdefault(server_key, newest_ms)

    def appended(self, server_key: int, time_ms: int) -> None:
        """Note a heartbeat that is being appended, by this process, in a transaction."""
        identifier = heartbeat_id(time_ms, server_key)
        with self._lock:
            newest = self._appended.get(server_key, -1)
            tail = self._servers.get(server_key)
            if newest < 0 or time_ms <= newest or (tail is not None and identifier <= tail.seen):
                self._late.setdefault(server_key, {})[identifier] = time.monotonic()
            self._appended[server_key] = max(newest, time_ms)

    def is_next(self, server_key: int, time_ms: int) -> bool:
        """Whether all that is held of the server is older."""
        return self._appended[server_key] < time_ms

    def read(self, connection: Connection, server_keys: Sequence[int]) -> dict[int, list[Samples]]:
        """By server the blocks of its unsealed heartbeats; they may overlap and repeat each other.

        They hold at least what the connection's snapshot of the log does.
        """
        with self._lock:
            tails = {key: self._servers.setdefault(key, _ServerTail()) for key in server_keys}
            late = [each for key in server_keys for each in self._late.get(key, ())]
        if connection.dialect.name != "sqlite":
            # Other processes append too, and what they bring late is nowhere noted here.
            tails = {key: _ServerTail() for key in server_keys}
        rows = self._since(connection, tails)
        seen = {server_key: new[-1].id for server_key, new in rows.items()}
        found = self._by_id(connection, late)
        for row in found:
            rows.setdefault(split_id(row.id)[1], []).append(row)
        for server_key, new in rows.items():
            unique = {row.id: row for row in new}
            logged = self._logbook.read(connection, [unique[each] for each in sorted(unique)])
            block = from_log(server_key, logged) if logged else None
            self._add(tails[server_key], block, seen.get(server_key, -1))
        self._settle(found)
        return {key: list(tail.blocks) for key, tail in tails.items()}

    def _since(
        self, connection: Connection, tails: dict[int, _ServerTail]
    ) -> dict[int, list[LogRow]]:
        values = {"since": min(tail.seen for tail in tails.values())} if tails else {}
        if len(tails) == 1:
            (server_key,) = tails
            found = connection.execute(
                _SINCE_OF_ONE, {**values, "mask": _SERVER_MASK, "server": server_key}
            )
        elif tails:
            found = connection.execute(_SINCE, values)
        else:
            return {}
        rows: dict[int, list[LogRow]] = {}
        for identifier, sequence, payload in found:
            tail = tails.get(identifier & _SERVER_MASK)
            if tail is not None and identifier > tail.seen:
                row = LogRow(identifier, sequence, payload)
                rows.setdefault(identifier & _SERVER_MASK, []).append(row)
        return rows

    def _by_id(self, connection: Connection, ids: Sequence[int]) -> list[LogRow]:
        found: list[LogRow] = []
        for start in range(0, len(ids), _PER_STATEMENT):
            part = {"ids": ids[start : start + _PER_STATEMENT]}
            found += [LogRow(*row) for row in connection.execute(_BY_ID, part)]
        return found

    def _add(self, tail: _ServerTail, block: Samples | None, newest: int) -> None:
        with self._lock:
            tail.seen = max(tail.seen, newest)
            if block is not None:
                tail.blocks.append(block)
            if len(tail.blocks) > _MAX_BLOCKS:
                joined = tail.blocks[0]
                for each in tail.blocks[1:]:
                    joined = union(joined, each)
                tail.blocks = [joined]

    def _settle(self, found: Iterable[LogRow]) -> None:
        """Late heartbeats that were found are late no more; those never committed are forgotten."""
        oldest = time.monotonic() - _LATE_SECONDS
        with self._lock:
            for row in found:
                self._late.get(split_id(row.id)[1], {}).pop(row.id, None)
            for server_key, late in list(self._late.items()):
                for identifier in [each for each, since in late.items() if since < oldest]:
                    del late[identifier]
                if not late:
                    del self._late[server_key]

    def emptied(self, server_key: int) -> None:
        """Note that sealed heartbeats left the log: they may leave the memory some time later.

        Not at once: a reader may still hold a snapshot in which they are not sealed.
        """
        with self._lock:
            tail = self._servers.get(server_key)
            if tail is not None:
                tail.emptied_at = time.monotonic()

    def let_go(self) -> None:
        """Begin anew with the servers whose log was emptied some time ago."""
        oldest = time.monotonic() - _SNAPSHOT_SECONDS
        with self._lock:
            for server_key, tail in list(self._servers.items()):
                if tail.emptied_at is not None and tail.emptied_at < oldest:
                    del self._servers[server_key]

    def forget(self, server_key: int) -> None:
        """Let go of a deleted server."""
        with self._lock:
            self._servers.pop(server_key, None)
            self._late.pop(server_key, None)
            self._appended.pop(server_key, None)
