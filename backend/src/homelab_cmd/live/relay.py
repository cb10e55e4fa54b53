"""Tells the other server processes what this one committed, and hears it from them.

On PostgreSQL several processes may serve one database. After each commit the process that took the
heartbeats in says (server, time) of them with NOTIFY, and the others read the rows: a notification
is bounded to 8,000 bytes, and what is read is what was committed.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from homelab_cmd.db.database import Database
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Frame, Heartbeat, HistoryEngine, Selection
from homelab_cmd.history.tiers import RAW

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

CHANNEL = "homelab_live"
MOMENTS_PER_NOTIFICATION = 200  # of at most 30 characters each
LISTEN_SECONDS = 0.5
RETRY_SECONDS = 2.0

Moment = tuple[int, int]  # server_key, time_ms
Hear = Callable[[Sequence[Heartbeat]], None]


class Relay:
    """Between the processes on one PostgreSQL.

    hear:    takes the heartbeats that other processes committed
    missed:  is told that some may have been lost, as the connection was away
    wanted:  whether anybody is there to take them: else they need not be read
    """

    def __init__(
        self,
        database: Database,
        engine: HistoryEngine,
        hear: Hear,
        missed: Callable[[], None],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._engine = engine
        self._hear = hear
        self._missed = missed
        self._wanted = wanted
        self._own = secrets.token_hex(8)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-relay", daemon=True)
        self.listening = threading.Event()

    def start(self) -> None:
        """Begin to hear."""
        self._thread.start()

    def stop(self) -> None:
        """End within half a second."""
        self._ending.set()
        self._thread.join()

    def announce(self, heartbeats: Sequence[Heartbeat]) -> None:
        """Tell the others; called by the ingest writer's thread after each commit."""
        moments = [(heartbeat.server_key, heartbeat.time_ms) for heartbeat in heartbeats]
        try:
            with self._database.connect(write=True) as connection:
                for start in range(0, len(moments), MOMENTS_PER_NOTIFICATION):
                    part = moments[start : start + MOMENTS_PER_NOTIFICATION]
                    payload = " ".join([self._own, *(f"{key}@{time}" for key, time in part)])
                    connection.execute(
                        text("SELECT pg_notify(:channel, :payload)"),
                        {"channel": CHANNEL, "payload": payload},
                    )
        except DBAPIError as error:
            log.warning("other processes miss %d heartbeats: %s", len(moments), error.orig)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._listen()
            except DBAPIError as error:
                log.warning("heartbeats of other processes can't be heard: %s", error.orig)
            self.listening.clear()
            if not self._ending.wait(RETRY_SECONDS):
                self._missed()

    def _listen(self) -> None:
        """Hear until the end, or until the connection breaks."""
        from psycopg import OperationalError  # noqa: PLC0415 - not there without the extra

        pooled = self._database.engine.raw_connection()
        pooled.detach()
        connection = cast("psycopg.Connection[Any]", pooled.dbapi_connection)
        try:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            self.listening.set()
            while not self._ending.is_set():
                for note in connection.notifies(timeout=LISTEN_SECONDS):
                    self._take(note.payload)
        except OperationalError as error:
            log.warning("the connection to hear other processes by broke: %s", error)
        finally:
            connection.close()

    def _take(self, payload: str) -> None:
        origin, *words = payload.split(" ")
        if origin == self._own or not self._wanted():
            return
        moments = [(int(key), int(time)) for key, _, time in (w.partition("@") for w in words)]
        with self._database.connect() as connection:
            self._hear(read_back(connection, self._engine, moments))


def read_back(
    connection: Connection, engine: HistoryEngine, moments: Sequence[Moment]
) -> list[Heartbeat]:
    """The heartbeats of these moments, in their order, with the rows that history holds."""
    found = {
        moment: Heartbeat(*moment, sequence=None, boot_id=None, interval_ms=None, rows={})
        for moment in moments
    }
    times = [time_ms for _, time_ms in moments]
    for family in FAMILIES:
        selection = Selection(
            server_keys=sorted({server_key for server_key, _ in moments}),
            family=family,
            keys=None,
            fields=[field.name for field in family.values],
            start_ms=min(times),
            end_ms=max(times) + 1,
            tier=RAW,
        )
        for frame in engine.range(connection, selection):
            for time_ms, interval_ms, row in _rows(family, frame):
                heartbeat = found.get((frame.server_key, time_ms))
                if heartbeat is not None:
                    heartbeat.interval_ms = interval_ms
                    heartbeat.rows.setdefault(family.name, []).append(row)
    return list(found.values())


def _rows(family: Family, frame: Frame) -> Iterator[tuple[int, int | None, Any]]:
    key = {} if family.key is None else {family.key.name: frame.key}
    names = list(frame.columns)
    columns = [python_values(column) for column in frame.columns.values()]
    times = frame.time_ms.tolist()
    intervals = [0] * len(times) if frame.interval_ms is None else frame.interval_ms.tolist()
    for time_ms, interval_ms, *values in zip(times, intervals, *columns, strict=True):
        row = family.row(**key, **dict(zip(names, values, strict=True)))
        yield time_ms, interval_ms or None, row
