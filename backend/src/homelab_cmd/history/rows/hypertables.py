"""The rows engine's tables as hypertables of TimescaleDB, where the extension is.

Done at every start of the server rather than by a migration: the extension may come later than
the tables, and a family's tables later than both. What is arranged already is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from homelab_agent.contract import FAMILIES
from sqlalchemy import Connection, Engine, Table, text

from homelab_cmd.db.locks import Duty, hold
from homelab_cmd.db.timescale import find_extension
from homelab_cmd.history.rows import columnstore
from homelab_cmd.history.rows.tables import TABLES
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, MINUTE, RAW, TIERS, Tier

# Of the days of a chunk of raw samples: coarse tiers have few rows a day and are kept for long,
# and each chunk costs every query some planning.
_CHUNKS_PER_TIER = {RAW.name: 1, MINUTE.name: 1, HOUR.name: 30, DAY.name: 365}


@dataclass(frozen=True)
class Layout:
    """How hypertables are to be laid out.

    chunk_days:      days of raw samples in a chunk; it holds whole UTC days, as the floors of
                     tiers do
    pack_after_days: how long after its end a chunk goes into the columnstore, where there is one
    """

    chunk_days: int = 1
    pack_after_days: int = 1

    def chunk_ms(self, tier: Tier) -> int:
        """The span of a chunk of that tier."""
        return self.chunk_days * _CHUNKS_PER_TIER[tier.name] * DAY_MS


def arrange(engine: Engine, layout: Layout) -> None:
    """Make every table a hypertable with these chunks, one process at a time.

    Each table in a transaction of its own, which moves its rows into chunks. Another span of
    chunks counts for those to come.
    """
    with engine.connect() as connection:
        extension = find_extension(connection)
        connection.rollback()
        if extension is None:
            return
        hold(connection, Duty.MIGRATION)
        if extension.has_columnstore:
            with connection.begin():
                columnstore.prepare(connection)
        for table, tier in row_tables():
            with connection.begin():
                _arrange_table(connection, table, layout.chunk_ms(tier))
                if extension.has_columnstore:
                    columnstore.turn_on(connection, table, layout.pack_after_days * DAY_MS)
    engine.dispose()  # connections to come have the database's new settings


def sizes_bytes(connection: Connection) -> dict[str, int]:
    """What each hypertable takes on the disk, indexes and all; empty without the extension."""
    if find_extension(connection) is None:
        return {}
    found = connection.execute(
        text(
            "SELECT hypertable_name, hypertable_size("
            "CAST(format('%I.%I', hypertable_schema, hypertable_name) AS regclass)) AS size_bytes"
            " FROM timescaledb_information.hypertables"
            " WHERE hypertable_schema = current_schema()"
        )
    )
    return {row.hypertable_name: row.size_bytes for row in found}


def row_tables() -> Iterator[tuple[Table, Tier]]:
    """Every table of samples or windows, with its tier."""
    for family in FAMILIES:
        for tier in TIERS:
            yield TABLES[family.name][tier.name], tier


def _arrange_table(connection: Connection, table: Table, chunk_ms: int) -> None:
    known = connection.scalar(
        text(
            "SELECT integer_interval FROM timescaledb_information.dimensions"
            " WHERE hypertable_schema = current_schema() AND hypertable_name = :table"
        ),
        {"table": table.name},
    )
    if known is None:
        # The tables have the indexes that queries need; one by time alone would be a fourth.
        connection.execute(
            text(
                "SELECT create_hypertable(CAST(:table AS regclass),"
                " by_range('timestamp_ms', CAST(:span AS bigint)),"
                " create_default_indexes => false, migrate_data => true)"
            ),
            {"table": table.name, "span": chunk_ms},
        )
    elif known != chunk_ms:
        connection.execute(
            text("SELECT set_chunk_time_interval(CAST(:table AS regclass), CAST(:span AS bigint))"),
            {"table": table.name, "span": chunk_ms},
        )
