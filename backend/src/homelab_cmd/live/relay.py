"""Tells the other server processes what this one committed, and hears it from them.

On PostgreSQL several processes may serve one database. The one that takes heartbeats in says
(server, time) of them with NOTIFY in the same transaction, and the others read the rows: they hear
of what was committed and of nothing else, wherever a process dies. A notification is bounded to
8,000 bytes. That a host reported none of a family is no row, so it is said with the time.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', :payload)")
NOTIFICATION_BYTES = 7_900
LISTEN_SECONDS = 0.5
RETRY_SECONDS = 2.0

Hear = Callable[[Sequence[Heartbeat]], None]


class Moment(NamedTuple):
    """When a server reported, and the families of which it said that it has none."""

    server_key: int
    time_ms: int
    empty: tuple[str, ...] = ()

    @classmethod
    def of(cls, heartbeat: Heartbeat) -> Moment:
        """What there is to say of a heartbeat."""
        empty = tuple(name for name, rows in heartbeat.rows.items() if not rows)
        return cls(heartbeat.server_key, heartbeat.time_ms, empty)

    @classmethod
    def parse(cls, word: str) -> Moment:
        """What `word` wrote."""
        server_key, time_ms, *empty = word.split("@")
        return cls(int(server_key), int(time_ms), tuple(empty))

    @property
    def word(self) -> str:
        """Itself for a notification, without a blank."""
        return "@".join([str(self.server_key), str(self.time_ms), *self.empty])


def notifications(own: str, moments: Iterable[Moment]) -> Iterator[str]:
    """The moments in as few notifications as will hold them, each begun with whose it is."""
    payload = own
    for moment in moments:
        if len(payload) + 1 + len(moment.word) > NOTIFICATION_BYTES:
            yield payload
            payload = own
        payload += f" {moment.word}"
    if payload != own:
        yield payload


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

    def announce(self, connection: Connection, heartbeats: Sequence[Heartbeat]) -> None:
        """Tell the others, once the transaction that writes these heartbeats has committed."""
        for payload in notifications(self._own, map(Moment.of, heartbeats)):
            connection.execute(_NOTIFY, {"payload": payload})

    def _run(self) -> None:
        was_heard = False
        while not self._ending.is_set():
            try:
                self._listen(again=was_heard)
            except DBAPIError as error:
                log.warning("heartbeats of other processes can't be heard: %s", error.orig)
            was_heard = was_heard or self.listening.is_set()
            self.listening.clear()
            self._ending.wait(RETRY_SECONDS)

    def _listen(self, *, again: bool) -> None:
        """Hear until the end, or until the connection breaks."""
        from psycopg import OperationalError  # noqa: PLC0415 - not there without the extra

        with self._database.engine.connect() as pooled:
            connection = cast("psycopg.Connection[Any]", pooled.connection.driver_connection)
            pooled.detach()  # closed at the end
            try:
                connection.autocommit = True
                connection.execute(f"LISTEN {CHANNEL}")
                self.listening.set()
                if again:  # and not before: who begins anew now misses nothing
                    self._missed()
                while not self._ending.is_set():
                    for note in connection.notifies(timeout=LISTEN_SECONDS):
                        self._take(note.payload)
            except OperationalError as error:
                log.warning("the connection to hear other processes by broke: %s", error)
                pooled.invalidate()  # there is nothing left to roll back

    def _take(self, payload: str) -> None:
        origin, *words = payload.split(" ")
        if origin == self._own or not self._wanted():
            return
        moments = [Moment.parse(word) for word in words]
        with self._database.connect() as connection:
            self._hear(read_back(connection, self._engine, moments))


def read_back(
    connection: Connection, engine: HistoryEngine, moments: Sequence[Moment]
) -> list[Heartbeat]:
    """The heartbeats of these moments, in their order, with the rows that history holds."""
    found = {
        (server_key, time_ms): Heartbeat(
            server_key, time_ms, None, None, None, {name: [] for name in empty}
        )
        for server_key, time_ms, empty in moments
    }
    times = [moment.time_ms for moment in moments]
    for family in FAMILIES:
        selection = Selection(
            server_keys=sorted({moment.server_key for moment in moments}),
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
