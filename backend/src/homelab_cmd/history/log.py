"""The log of accepted heartbeats, which both engines share.

It decides what is a repeat. Its only index is its primary key, a single integer that sorts by
time first: one b-tree on SQLite, to whose end live heartbeats are appended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    func,
    select,
)

from homelab_cmd.clock import DAY_MS
from homelab_cmd.db.base import Base
from homelab_cmd.history.interface import Heartbeat, Outcome

# 42 bits of milliseconds last until the year 2109; 2 million servers share one.
SERVER_BITS = 21
_SERVER_MASK = (1 << SERVER_BITS) - 1

heartbeats = Table(
    "heartbeats",
    Base.metadata,
    Column(
        "id",
        # Only a column of exactly this type is SQLite's own row id, without a second b-tree.
        BigInteger().with_variant(Integer(), "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="time in ms << 21 | servers.id",
    ),
    Column("sequence", BigInteger),
    Column("boot_id", String(64)),
    Column("interval_ms", Integer),
    Column("payload", LargeBinary, comment="the engine's own"),
)


def heartbeat_id(time_ms: int, server_key: int) -> int:
    """The primary key of a server's heartbeat at a time."""
    return time_ms << SERVER_BITS | server_key


def split_id(identifier: int) -> tuple[int, int]:
    """`(time_ms, server_key)` of a primary key."""
    return identifier >> SERVER_BITS, identifier & _SERVER_MASK


_HELD = select(heartbeats.c.id, heartbeats.c.sequence).where(
    heartbeats.c.id.in_(bindparam("ids", expanding=True))
)
_IDS_PER_STATEMENT = 500


def held_sequences(connection: Connection, ids: Sequence[int]) -> dict[int, int | None]:
    """Which of these heartbeats the log holds, with their sequences."""
    held: dict[int, int | None] = {}
    for start in range(0, len(ids), _IDS_PER_STATEMENT):
        found = connection.execute(_HELD, {"ids": ids[start : start + _IDS_PER_STATEMENT]})
        held.update((row.id, row.sequence) for row in found)
    return held


def judge(batch: Sequence[Heartbeat], held: dict[int, int | None]) -> list[Outcome]:
    """An outcome per heartbeat, given those already held; `held` gains the stored ones."""
    outcomes = []
    for heartbeat in batch:
        identifier = heartbeat_id(heartbeat.time_ms, heartbeat.server_key)
        if identifier not in held:
            held[identifier] = heartbeat.sequence
            outcomes.append(Outcome.STORED)
        elif heartbeat.sequence is None or heartbeat.sequence == held[identifier]:
            outcomes.append(Outcome.REPEATED)
        else:
            outcomes.append(Outcome.TIME_TAKEN)
    return outcomes


def days_logged(connection: Connection) -> dict[tuple[int, int], int]:
    """By server and UTC day, how many heartbeats the log holds."""
    server = heartbeats.c.id.op("%")(1 << SERVER_BITS)
    day = heartbeats.c.id.op("/")(DAY_MS << SERVER_BITS)
    counted = select(server, day, func.count()).group_by(server, day)
    return {
        (int(server_key), int(number) * DAY_MS): count
        for server_key, number, count in connection.execute(counted)
    }


def forget_times(connection: Connection, server_key: int, times_ms: Iterable[int]) -> None:
    """Delete a server's heartbeats at these times from the log."""
    gone = [{"gone": heartbeat_id(time_ms, server_key)} for time_ms in times_ms]
    if gone:
        connection.execute(delete(heartbeats).where(heartbeats.c.id == bindparam("gone")), gone)
