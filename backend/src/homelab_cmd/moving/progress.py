"""How far a move has come: it stands in the target, so that a killed one goes on."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from homelab_cmd.db.base import Base
from homelab_cmd.history.tiers import RAW, Tier

# One row while a move into this database is under way, or done and not yet served from.
moves = Table(
    "moves",
    Base.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False, comment="where the installation comes from"),
    Column("finished_at_ms", BigInteger),
)

# Of samples a row a server and day, with the number of heartbeats when it was copied; of windows
# a row a server and tier, with the time before which they are copied.
move_marks = Table(
    "move_marks",
    Base.metadata,
    Column("server_id", Integer, nullable=False),
    Column("tier", String(16), nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("reached", BigInteger, nullable=False),
    PrimaryKeyConstraint("server_id", "tier", "start_ms"),
)

_ONLY = 1


def source_of(connection: Connection) -> str | None:
    """Where the move into this database comes from, if there is one."""
    source: str | None = connection.scalar(select(moves.c.source))
    return source


def is_finished(connection: Connection) -> bool:
    """Whether the move came to its end when it last ran."""
    return connection.scalar(select(moves.c.finished_at_ms)) is not None


def begin(connection: Connection, source: str) -> None:
    """Note that a move is under way, a new one or one more run of it."""
    if source_of(connection) is None:
        connection.execute(moves.insert().values(id=_ONLY, source=source))
    connection.execute(update(moves).values(finished_at_ms=None))


def finish(connection: Connection, at_ms: int) -> None:
    """Note that all there was is copied, and was compared."""
    connection.execute(update(moves).values(finished_at_ms=at_ms))


def forget_move(connection: Connection) -> None:
    """From now on the installation lives here: nothing may be copied over it."""
    connection.execute(delete(move_marks))
    connection.execute(delete(moves))


def copied_days(connection: Connection) -> Mapping[tuple[int, int], int]:
    """By server and day the number that was noted when the day's samples were copied."""
    rows = connection.execute(select(move_marks).where(move_marks.c.tier == RAW.name))
    return {(row.server_id, row.start_ms): row.reached for row in rows}


def note_day(connection: Connection, server_key: int, day_ms: int, number: int) -> None:
    """Note that a day's samples are copied."""
    _put(connection, server_key, RAW, day_ms, number)


def copied_before(connection: Connection, server_key: int, tier: Tier) -> int:
    """The time before which a tier's windows are copied; 0 before the first."""
    mark = select(move_marks.c.reached).where(*_key(server_key, tier, 0))
    return connection.scalar(mark) or 0


def note_windows(connection: Connection, server_key: int, tier: Tier, before_ms: int) -> None:
    """Note that a tier's windows are copied up to a time, or have to be copied again from it."""
    _put(connection, server_key, tier, 0, before_ms)


def _put(connection: Connection, server_key: int, tier: Tier, start_ms: int, reached: int) -> None:
    connection.execute(delete(move_marks).where(*_key(server_key, tier, start_ms)))
    values = {"server_id": server_key, "tier": tier.name, "start_ms": start_ms, "reached": reached}
    connection.execute(move_marks.insert().values(values))


def _key(server_key: int, tier: Tier, start_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (
        move_marks.c.server_id == server_key,
        move_marks.c.tier == tier.name,
        move_marks.c.start_ms == start_ms,
    )
