"""What retention lets go on TimescaleDB: whole chunks, without a delete and without a vacuum."""

from __future__ import annotations

from collections.abc import Sequence

from homelab_agent.contract import FAMILIES
from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.exc import DBAPIError

from homelab_cmd.db.timescale import find_extension
from homelab_cmd.history.interface import Report, Transactions
from homelab_cmd.history.rows.tables import KEPT_RAW, TABLES, marks
from homelab_cmd.history.tiers import DAY_MS, MINUTE, RAW, Tier, floor_to

# Dropping a chunk locks what its table refers to, `servers`, against readers too. Whoever reads
# for longer than this lets the round end; the next one tries again.
_LOCK = ("SET LOCAL lock_timeout = '500ms'", "LOCK TABLE servers IN ACCESS EXCLUSIVE MODE")
_LOCK_NOT_AVAILABLE = "55P03"
_CHUNKS = text(
    "SELECT hypertable_name, range_start_integer AS start_ms, range_end_integer AS end_ms"
    " FROM timescaledb_information.chunks"
    " WHERE hypertable_schema = current_schema() AND hypertable_name = ANY(:tables)"
)
_HYPERTABLES = text(
    "SELECT count(*) FROM timescaledb_information.hypertables"
    " WHERE hypertable_schema = current_schema() AND hypertable_name = ANY(:tables)"
)
_DROP = text(
    "SELECT count(*) FROM drop_chunks(CAST(:table AS regclass), older_than => CAST(:ms AS bigint))"
)


def drop_expired(database: Transactions, tier: Tier, end_ms: int, report: Report) -> int | None:
    """Drop the chunks of which `tier` lets go all: those that end by `end_ms`.

    The time before which no row is left, 0 where there are no hypertables; None where somebody
    reads just now, so that nothing was dropped.
    """
    tables = _tables(tier)
    with database.connect() as connection:
        if find_extension(connection) is None or not _are_hypertables(connection, tables):
            return 0
        due = any(chunk_end <= end_ms for _, chunk_end in _spans(connection, tables))
    if due:
        try:
            with database.connect(write=True) as connection:
                for statement in _LOCK:
                    connection.execute(text(statement))
                report.dropped_chunks += _drop(connection, tier, tables, end_ms)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                return None
            raise
    with database.connect() as connection:
        oldest_ms = min((start for start, _ in _spans(connection, tables)), default=end_ms)
        return min(oldest_ms, _settled_before(connection, tier, end_ms))


def _tables(tier: Tier) -> list[Table]:
    """Where a tier's rows are. Samples may stay in the place of minutes, and go with them."""
    tiers = (MINUTE, RAW) if tier is MINUTE else (tier,)
    return [TABLES[family.name][each.name] for each in tiers for family in FAMILIES]


def _names(tables: Sequence[Table]) -> dict[str, list[str]]:
    return {"tables": [table.name for table in tables]}


def _are_hypertables(connection: Connection, tables: Sequence[Table]) -> bool:
    found: int = connection.execute(_HYPERTABLES, _names(tables)).scalar_one()
    return found == len(tables)


def _spans(connection: Connection, tables: Sequence[Table]) -> list[tuple[int, int]]:
    """Start and end of every chunk."""
    rows = connection.execute(_CHUNKS, _names(tables))
    return [(row.start_ms, row.end_ms) for row in rows]


def _settled_before(connection: Connection, tier: Tier, end_ms: int) -> int:
    """The UTC midnight before which no sample has to stay for a roll-up, or in its place."""
    if tier not in (RAW, MINUTE):
        return end_ms
    staying = select(func.min(marks.c.hour_ms))
    if tier is MINUTE:
        staying = staying.where(marks.c.claim != KEPT_RAW)
    first_ms = connection.scalar(staying)
    return end_ms if first_ms is None else min(end_ms, floor_to(first_ms, DAY_MS))


def _drop(connection: Connection, tier: Tier, tables: Sequence[Table], end_ms: int) -> int:
    """Drop them under the lock, under which nobody adds a sample or a mark; how many."""
    before_ms = _settled_before(connection, tier, end_ms)
    dropped = 0
    for table in tables:
        dropped += connection.scalar(_DROP, {"table": table.name, "ms": before_ms}) or 0
    return dropped
