"""Connections: many readers, one writer at a time, every write durable at its commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from homelab_cmd.db.locks import Duty, one_at_a_time
from homelab_cmd.errors import Unavailable

BUSY_TIMEOUT_MS = 10_000
T = TypeVar("T")

# FULL makes an acknowledged commit survive a power cut; group commit is what makes it cheap.
# secure_delete is on in Debian's build: deleting the log would write it all once more.
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA secure_delete = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 16777216",
)

# A database that went away without a word (power, network) is noticed in half a minute by either
# side, and its locks are free again. Compiling queries just in time costs more than all of ours.
_POSTGRES_OPTIONS = {
    "lock_timeout": BUSY_TIMEOUT_MS,
    "idle_in_transaction_session_timeout": 60_000,
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "jit": "off",
}
_POSTGRES_CONNECT = {
    "connect_timeout": 5,
    "application_name": "homelab-cmd",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "options": " ".join(f"-c {name}={value}" for name, value in _POSTGRES_OPTIONS.items()),
}


class Database:
    """One database and its pool. `read()` and `write()` give a session in a transaction."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _create_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reading = {} if self.is_sqlite else _ONE_SNAPSHOT

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[Connection]:
        """A connection in a transaction that commits at the end, or rolls back on an error."""
        with self.engine.connect() as connection:
            options = _WRITING if write else self._reading
            with connection.execution_options(**options).begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading: one snapshot of the database."""
        with self.connect() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session for writing: committed at the end, rolled back on an error.

        One at a time on every database, so that what was looked up holds until the commit.
        """
        with (
            self.connect(write=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            one_at_a_time(connection, Duty.REQUEST_WRITE)
            yield session
            session.flush()
        for action in session.info.pop(_AFTER_COMMIT, []):
            action()

    def dispose(self) -> None:
        """Close the pool."""
        self.engine.dispose()


_AFTER_COMMIT = "homelab_after_commit"
_WRITING: dict[str, Any] = {"homelab_write": True}
# A read is one snapshot on SQLite by itself.
_ONE_SNAPSHOT: dict[str, Any] = {
    "isolation_level": "REPEATABLE READ",
    "postgresql_readonly": True,
}


def after_commit(session: Session, action: Callable[[], None]) -> None:
    """Do something once this `write()` session has committed; not at all if it rolls back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(action)


class _Pool(QueuePool):
    """Says in the way of every error of the database that no connection came free in time."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except exc.TimeoutError:
            busy = TimeoutError("all of its connections are busy")
            raise exc.OperationalError("connect", None, busy) from None


def _create_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            poolclass=_Pool,
            pool_pre_ping=True,  # a connection that a restart of the database cut is replaced
            pool_size=5,
            max_overflow=15,
            pool_timeout=BUSY_TIMEOUT_MS / 1_000,
            connect_args=_POSTGRES_CONNECT,
        )
    engine = create_engine(
        url,
        poolclass=_Pool,
        pool_size=10,
        max_overflow=30,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1_000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions begin late and never for SELECT: we say BEGIN ourselves.
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - narrows the type
    connection.isolation_level = None
    cursor = connection.cursor()
    if not cursor.execute("PRAGMA page_count").fetchone()[0]:
        # It takes effect before the first table alone. Later it would do nothing but write, and
        # so wait for whoever is writing, at each new connection.
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer that first read and then wants to write is refused at once (SQLITE_BUSY_SNAPSHOT);
    # IMMEDIATE queues it behind the other writer instead.
    wants_write = connection.get_execution_options().get("homelab_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if wants_write else "BEGIN")


_TRIES = 5
_CONFLICTS = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected


def again_after_conflicts(transaction: Callable[[], T]) -> T:
    """Run a whole transaction, and run it again where the database gave way to another one."""
    for _ in range(_TRIES - 1):
        try:
            return transaction()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _CONFLICTS:
                raise
    return transaction()


def unavailable(error: DBAPIError) -> Unavailable:
    """The 503 for a database that is away, full or busy."""
    return Unavailable(
        f"The database can't serve this now ({_reason(error)}); nothing was lost, try again.",
        code="DATABASE_UNAVAILABLE",
        retry_after_seconds=5,
    )


def _reason(error: DBAPIError) -> str:
    original: Any = error.orig
    return str(original).strip().splitlines()[0] if str(original).strip() else "no answer"
