"""Hands committed heartbeats to everybody who listens.

All readers share one bounded log of the newest heartbeats, each with a place of its own in it. To
publish costs the same for one reader and for two hundred, a slow one costs no memory, and who falls
behind the log's start is let go with a reason: ingest never waits for a reader. What all of them
have taken leaves the log.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import operator
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.exc import DBAPIError

from homelab_cmd.auth.principals import Principal
from homelab_cmd.clock import iso
from homelab_cmd.history.interface import Heartbeat

log = logging.getLogger(__name__)

CAPACITY = 4_096  # more than two full commits of ingest
# Readers are woken so many at a time: between, the event loop takes in heartbeats.
WOKEN_TOGETHER = 8


class Event:
    """A committed heartbeat on its way to readers; its JSON is made once for all of them."""

    __slots__ = ("_encoded", "heartbeat", "server_id")

    def __init__(self, server_id: str, heartbeat: Heartbeat) -> None:
        self.server_id = server_id
        self.heartbeat = heartbeat
        self._encoded: dict[frozenset[str] | None, bytes | None] = {}

    def encoded(self, families: frozenset[str] | None) -> bytes | None:
        """The rows of these families (None: of all), or None where it has none of them."""
        if families not in self._encoded:
            self._encoded[families] = self._encode(families)
        return self._encoded[families]

    def _encode(self, families: frozenset[str] | None) -> bytes | None:
        rows = self.heartbeat.rows
        wanted = {name: rows[name] for name in rows if families is None or name in families}
        if not wanted:
            return None
        return msgspec.json.encode(
            {
                "server_id": self.server_id,
                "timestamp": iso(self.heartbeat.time_ms),
                "families": wanted,
            }
        )


@dataclass(frozen=True)
class Ending:
    """Why a stream ended: a WebSocket close code (RFC 6455, 4000 on are ours) and a sentence."""

    code: int
    reason: str


TOO_SLOW = Ending(4408, "You read more slowly than heartbeats arrive; connect again.")
SESSION_ENDED = Ending(4401, "The session or token has ended.")
LOST_SOME = Ending(4409, "Some heartbeats may have been missed; connect again and read anew.")
GONE = Ending(1000, "")  # the reader left


class Reader:
    """One who listens: a place in the hub's log."""

    def __init__(self, hub: Hub, principal: Principal) -> None:
        self.principal = principal
        self.ending: Ending | None = None
        self.on_end: Callable[[], None] = lambda: None
        self.place = hub.end_of_log
        self._hub = hub
        self._wake = asyncio.Event()

    def end(self, ending: Ending) -> None:
        """Stop; the first reason counts."""
        if self.ending is None:
            self.ending = ending
            self.on_end()

    def wake(self) -> None:
        """Say that the log has grown."""
        self._wake.set()

    async def wait(self) -> None:
        """Until there is something to take."""
        while self.place == self._hub.end_of_log:
            self._wake.clear()
            await self._wake.wait()

    def take(self) -> list[Event]:
        """The heartbeats since the last time, in the order of their commits."""
        events = self._hub.since(self.place)
        self.place += len(events)
        return events


class Hub:
    """The log and its readers. All but `publish` belongs to the event loop it was made in.

    server_ids: reads the names of all servers by key; asked for again at an unknown key
    """

    def __init__(self, server_ids: Callable[[], Mapping[int, str]]) -> None:
        self.readers: set[Reader] = set()
        self.end_of_log = 0
        self._log: deque[Event] = deque(maxlen=CAPACITY)
        self._server_ids = server_ids
        self._names: Mapping[int, str] = {}
        self._loop = asyncio.get_running_loop()

    def __len__(self) -> int:
        """How many events the log holds."""
        return len(self._log)

    def publish(self, heartbeats: Sequence[Heartbeat]) -> None:
        """Tell the readers; called by the ingest writer's thread after each commit."""
        if not self.readers or not heartbeats:
            return
        try:
            if any(heartbeat.server_key not in self._names for heartbeat in heartbeats):
                self._names = self._server_ids()
        except DBAPIError as error:
            # The heartbeats are safe; a stream that misses some is not worth the writer's thread.
            log.warning("readers miss %d heartbeats: %s", len(heartbeats), error.orig)
            return
        events = [
            Event(self._names[heartbeat.server_key], heartbeat)
            for heartbeat in heartbeats
            if heartbeat.server_key in self._names
        ]
        self._loop.call_soon_threadsafe(self._append, events)

    def lost_some(self) -> None:
        """Let all readers begin anew, as they may have missed something; from any thread."""
        self._loop.call_soon_threadsafe(self._end_all, LOST_SOME)

    def listen(self, principal: Principal) -> Reader:
        """A new reader, from now on; `leave` with it at the end."""
        reader = Reader(self, principal)
        self.readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self.readers.discard(reader)

    def since(self, place: int) -> list[Event]:
        """The events from a place on, which must still be in the log."""
        return list(itertools.islice(self._log, len(self._log) - (self.end_of_log - place), None))

    def _append(self, events: list[Event]) -> None:
        self._log.extend(events)
        self.end_of_log += len(events)
        readers = list(self.readers)
        needed = self.end_of_log
        for reader in readers:
            if self.end_of_log - reader.place > CAPACITY:
                reader.end(TOO_SLOW)
            else:
                needed = min(needed, reader.place)
        for _ in range(len(self._log) - (self.end_of_log - needed)):
            self._log.popleft()
        self._wake_some(iter(readers))

    def _wake_some(self, readers: Iterator[Reader]) -> None:
        for reader in itertools.islice(readers, WOKEN_TOGETHER):
            reader.wake()
        if operator.length_hint(readers):
            self._loop.call_soon(self._wake_some, readers)

    def _end_all(self, ending: Ending) -> None:
        for reader in list(self.readers):
            reader.end(ending)
