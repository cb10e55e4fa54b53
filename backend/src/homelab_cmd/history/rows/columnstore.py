"""TimescaleDB's columnstore, which packs old chunks; the Apache edition has none.

A policy of the database's own packs a chunk some time after its end, and packs it once more after
late rows have come into it: https://docs.tigerdata.com/use-timescale/latest/hypercore/.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Table, text

_NOW = text(
    "CREATE OR REPLACE FUNCTION homelab_now_ms() RETURNS bigint LANGUAGE sql STABLE AS"
    " 'SELECT CAST(extract(epoch FROM now()) * 1000 AS bigint)'"
)
# A late row unpacks up to a thousand others of its series; a batch of a day may exceed the usual
# limit of 100,000, and would then be refused.
_UNLIMITED = "timescaledb.max_tuples_decompressed_per_dml_transaction"
_SETTINGS = text(
    "SELECT segmentby FROM timescaledb_information.hypertable_columnstore_settings"
    " WHERE hypertable = CAST(:table AS regclass)"
)
_POLICY = text(
    "SELECT CAST(config ->> 'compress_after' AS bigint) FROM timescaledb_information.jobs"
    " WHERE hypertable_schema = current_schema() AND hypertable_name = :table"
    " AND proc_name = 'policy_compression'"
)


def prepare(connection: Connection) -> None:
    """What all tables need: a clock in milliseconds for policies, and no limit for late rows."""
    connection.execute(_NOW)
    if connection.scalar(text(f"SELECT current_setting('{_UNLIMITED}')")) != "0":
        name = connection.scalar(text("SELECT quote_ident(current_database())"))
        # For one's own role that needs no right, unlike for the whole database.
        connection.execute(text(f"ALTER ROLE CURRENT_USER IN DATABASE {name} SET {_UNLIMITED} = 0"))


def turn_on(connection: Connection, table: Table, after_ms: int) -> None:
    """Pack the chunks of a hypertable `after_ms` after their end: a series together, newest first.

    A changed age replaces the policy.
    """
    place = {"table": table.name}
    if connection.scalar(_SETTINGS, place) is None:
        series = [column.name for column in _key_of(table) if column.name != "timestamp_ms"]
        connection.execute(
            text(
                f"ALTER TABLE {table.name} SET (timescaledb.enable_columnstore,"
                f" timescaledb.segmentby = '{', '.join(series)}',"
                " timescaledb.orderby = 'timestamp_ms DESC')"
            )
        )
        now = "SELECT set_integer_now_func(CAST(:table AS regclass), 'homelab_now_ms')"
        connection.execute(text(now), place)
    known = connection.scalar(_POLICY, place)
    if known == after_ms:
        return
    if known is not None:
        connection.execute(text("CALL remove_columnstore_policy(CAST(:table AS regclass))"), place)
    add = "CALL add_columnstore_policy(CAST(:table AS regclass), CAST(:after AS bigint))"
    connection.execute(text(add), {**place, "after": after_ms})


def _key_of(table: Table) -> list[Column[Any]]:
    """The columns of the unique key: what names a series, and the time."""
    indexed = [index for index in table.indexes if index.unique]
    return list(indexed[0].columns if indexed else table.primary_key.columns)
