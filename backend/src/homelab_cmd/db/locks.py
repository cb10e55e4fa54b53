"""What only one process does at a time, where several serve one PostgreSQL.

Advisory locks: the database frees them when the connection that holds them ends, so what a dead
process was at goes on elsewhere. On SQLite there is one process, and all of this is granted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from sqlalchemy import Connection, Engine, Integer, column, func, select, table, text

_servers = table("servers", column("id", Integer))


class Duty(IntEnum):
    """The locks, by numbers that nothing else in the database is likely to use."""

    MIGRATION = 0x686C_6301
    REQUEST_WRITE = 0x686C_6302
    HOUSEKEEPING = 0x686C_6303
    FLOORS = 0x686C_6304


@contextmanager
def granted(engine: Engine, duty: Duty) -> Iterator[bool]:
    """Whether this process has the duty until the end of the block; never waits."""
    if engine.dialect.name == "sqlite":
        yield True
        return
    with engine.connect() as connection:
        connection.detach()  # closed at the end, and the lock gone with it
        mine = connection.scalar(select(func.pg_try_advisory_lock(duty.value)))
        connection.commit()  # the lock is the connection's; an idle transaction holds up vacuum
        yield bool(mine)


def hold(connection: Connection, duty: Duty) -> None:
    """Wait for the duty, however long, and keep it until the connection ends."""
    if connection.dialect.name == "sqlite":
        return
    connection.detach()
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(select(func.pg_advisory_lock(duty.value)))
    connection.execute(text("SET lock_timeout = DEFAULT"))
    connection.commit()


def one_at_a_time(connection: Connection, duty: Duty) -> None:
    """Queue this transaction behind the others with the same duty, as SQLite queues all writers."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(duty.value)))


def lock_servers(connection: Connection, server_keys: Iterable[int]) -> None:
    """Let no other transaction change these servers' history before this one has ended.

    What is held is then known for sure, what follows a late sample too, and that chunks or windows
    are still what new ones were made from. Always in the same order, so that two batches never
    wait for each other. Free again when its holder dies, as every row lock is.
    """
    if connection.dialect.name != "sqlite":
        rows = select(_servers.c.id).where(_servers.c.id.in_(sorted(set(server_keys))))
        connection.execute(rows.order_by(_servers.c.id).with_for_update(key_share=True))
