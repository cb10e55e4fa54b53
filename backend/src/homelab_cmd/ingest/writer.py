"""The one thread that writes heartbeats: what arrived while a commit ran is the next transaction.

A commit that reaches the disk costs a few milliseconds however much is in it; shared by all that
has gathered it costs each heartbeat some microseconds. Nobody is answered before it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from homelab_cmd.db.database import Database, again_after_conflicts
from homelab_cmd.db.replaced import DatabaseReplacedError, OpenedFile
from homelab_cmd.db.size import DatabaseFullError, refuse_growth
from homelab_cmd.errors import TooManyRequests, Unavailable
from homelab_cmd.history.interface import Heartbeat, HistoryEngine, Outcome
from homelab_cmd.servers.snapshots import Report, Snapshots

log = logging.getLogger(__name__)

MAX_HEARTBEATS_PER_COMMIT = 2_000
MAX_WAITING_HEARTBEATS = 50_000
SNAPSHOT_EVERY_SECONDS = 60.0

# Agents measure on the wall clock's grid: the first of a round is followed by the others at once.
# Committed one by one, twenty would write six times as much to the disk as together.
QUIET_SECONDS = 1.0
GATHER_SECONDS = 0.05

RETRY_AFTER_SECONDS = 5

Listener = Callable[[Sequence[Heartbeat]], None]
Companion = Callable[[Connection, Sequence[Heartbeat]], None]


@dataclass(slots=True)
class Arrival:
    """A heartbeat that passed every check: its history, and the facts of its envelope."""

    heartbeat: Heartbeat
    facts: dict[str, Any]


@dataclass(slots=True)
class _Waiting:
    arrivals: list[Arrival]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[Outcome]]


@dataclass(slots=True)
class IngestStats:
    """Counted since the start, for health and exposition."""

    heartbeats_stored: int = 0
    heartbeats_repeated: int = 0
    commits: int = 0
    failed_commits: int = 0
    rows_rejected: int = 0
    last_commit_seconds: float = 0.0
    last_error: str | None = None
    waiting: int = 0


def _ask_to_end() -> None:
    """End as on `systemctl stop`; who started the server starts it anew, on the new file."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class IngestWriter:
    """Commits what is submitted, in groups, and then tells the listeners.

    companions: add to the transaction of new heartbeats what is to hold exactly if they do
    listeners:  are told after the commit
    """

    database: Database
    engine: HistoryEngine
    snapshots: Snapshots
    # Gives how large the database may become.
    max_bytes: Callable[[], int | None] = lambda: None
    file: OpenedFile | None = None  # of SQLite; one that was replaced would lose what is committed
    end_server: Callable[[], None] = _ask_to_end
    companions: list[Companion] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    stats: IngestStats = field(default_factory=IngestStats)

    def __post_init__(self) -> None:
        self._queue: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        # What came in during the current turn of each event loop: handed over as one, since
        # waking the thread costs more than the heartbeat's own entry.
        self._turns: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)
        self._snapshots_written = self._committed_at = time.monotonic()
        self._left = False

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then the snapshots, and end."""
        self._queue.put(None)
        self._thread.join()

    async def submit(self, arrivals: list[Arrival]) -> list[Outcome]:
        """The outcomes, once they are on disk. Raises Unavailable where they can't be put there."""
        if self.stats.waiting + len(arrivals) > MAX_WAITING_HEARTBEATS:
            raise TooManyRequests(
                "More heartbeats arrive than the disk takes.", retry_after_seconds=5
            )
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Outcome]] = loop.create_future()
        self.stats.waiting += len(arrivals)
        turn = self._turns.get(loop)
        if turn is None:
            turn = self._turns[loop] = []
            loop.call_soon(self._hand_over, loop)
        turn.append(_Waiting(arrivals, loop, answer))
        return await answer

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        self._queue.put(self._turns.pop(loop))

    def _run(self) -> None:
        ended = False
        while not ended:
            try:
                first = self._queue.get(timeout=SNAPSHOT_EVERY_SECONDS)
            except queue.Empty:
                self._write_snapshots()
                continue
            group, ended = self._gather(first)
            if group:
                self._commit(group)
            if ended or time.monotonic() - self._snapshots_written > SNAPSHOT_EVERY_SECONDS:
                self._write_snapshots(everything=ended)

    def _gather(self, first: list[_Waiting] | None) -> tuple[list[_Waiting], bool]:
        """What waits now, up to a bound, and whether the end was asked for."""
        if first is not None and time.monotonic() - self._committed_at > QUIET_SECONDS:
            time.sleep(GATHER_SECONDS)
        group: list[_Waiting] = []
        size = 0
        item = first
        while item is not None:
            group += item
            size += sum(len(waiting.arrivals) for waiting in item)
            if size >= MAX_HEARTBEATS_PER_COMMIT:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: list[_Waiting]) -> None:
        arrivals = [arrival for waiting in group for arrival in waiting.arrivals]
        started = time.perf_counter()
        try:
            if self.file is not None:
                self.file.check()
            outcomes, stored = again_after_conflicts(lambda: self._store(arrivals))
        except DatabaseReplacedError as error:
            self._refuse(group, f"{error} while the server ran: it has to start anew")
            self._leave_the_replaced()
            return
        except (DBAPIError, DatabaseFullError) as error:
            self._refuse(group, str(getattr(error, "orig", error)))
            return
        finally:
            self.stats.waiting -= len(arrivals)
        self.stats.last_commit_seconds = time.perf_counter() - started
        self.stats.commits += 1
        self._committed_at = time.monotonic()
        self.stats.last_error = None
        self.stats.heartbeats_stored += len(stored)
        self.stats.heartbeats_repeated += len(arrivals) - len(stored)
        self.snapshots.absorb(map(_report, stored))
        _answer(group, outcomes)
        for listener in self.listeners:
            listener([arrival.heartbeat for arrival in stored])

    def _store(self, arrivals: list[Arrival]) -> tuple[list[Outcome], list[Arrival]]:
        """Commit a batch: an outcome for each, and those that were new."""
        with self.database.connect(write=True) as connection:
            outcomes = self.engine.append(connection, [arrival.heartbeat for arrival in arrivals])
            stored = [
                arrival
                for arrival, outcome in zip(arrivals, outcomes, strict=True)
                if outcome is Outcome.STORED
            ]
            self.snapshots.add_in(connection, [_report(arrival) for arrival in stored])
            refuse_growth(connection, self.max_bytes())
            for add_to in self.companions:
                add_to(connection, [arrival.heartbeat for arrival in stored])
        return outcomes, stored

    def _refuse(self, group: list[_Waiting], reason: str) -> None:
        if self.stats.last_error != reason:  # one line per change of state, none per heartbeat
            log.error("heartbeats can't be written: %s", reason)
        self.stats.failed_commits += 1
        self.stats.last_error = reason
        unavailable = Unavailable(
            f"The heartbeat can't be put on disk ({reason}); keep it and send it again.",
            code="STORAGE_UNAVAILABLE",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
        _each_loop(group, lambda waiting: _fail(waiting.answer, unavailable))

    def _leave_the_replaced(self) -> None:
        if self.file is not None and not self._left:
            self._left = True
            self.file.set_log_aside()
            self.end_server()

    def _write_snapshots(self, *, everything: bool = False) -> None:
        self._snapshots_written = time.monotonic()
        try:
            with self.database.connect(write=True) as connection:
                self.snapshots.write(connection, everything=everything)
        except DBAPIError as error:
            log.warning("snapshots can't be written now: %s", error.orig)


def _report(arrival: Arrival) -> Report:
    heartbeat = arrival.heartbeat
    return Report(heartbeat.server_key, heartbeat.time_ms, arrival.facts, heartbeat.rows)


def _answer(group: list[_Waiting], outcomes: list[Outcome]) -> None:
    parts: dict[int, list[Outcome]] = {}
    position = 0
    for waiting in group:
        parts[id(waiting)] = outcomes[position : position + len(waiting.arrivals)]
        position += len(waiting.arrivals)
    _each_loop(group, lambda waiting: _succeed(waiting.answer, parts[id(waiting)]))


def _each_loop(group: list[_Waiting], act: Callable[[_Waiting], None]) -> None:
    """Run `act` for each on its own loop, waking every loop once."""
    for loop in {waiting.loop for waiting in group}:
        own = [waiting for waiting in group if waiting.loop is loop]

        def act_on_all(own: list[_Waiting] = own) -> None:
            for waiting in own:
                act(waiting)

        loop.call_soon_threadsafe(act_on_all)


def _succeed(answer: asyncio.Future[list[Outcome]], outcomes: list[Outcome]) -> None:
    if not answer.done():  # the client may have gone meanwhile
        answer.set_result(outcomes)


def _fail(answer: asyncio.Future[list[Outcome]], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
