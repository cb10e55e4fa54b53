"""Everything but history: each table becomes what it is in the source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Integer,
    Table,
    delete,
    func,
    null,
    select,
    text,
    tuple_,
)

from homelab_cmd.db.metadata import metadata
from homelab_cmd.history.chunks.tables import chunks, series
from homelab_cmd.history.log import heartbeats
from homelab_cmd.history.rows.append import upsert
from homelab_cmd.history.rows.tables import TABLES, floors, marks
from homelab_cmd.moving.progress import move_marks, moves

_ROWS_PER_STATEMENT = 200

_NOT_COPIED = {heartbeats, series, chunks, marks, floors, moves, move_marks} | {
    table for tiers in TABLES.values() for table in tiers.values()
}
# Parents before children, as foreign keys want it.
COPIED = tuple(table for table in metadata.sorted_tables if table not in _NOT_COPIED)


def copy_tables(
    source: Connection, target: Connection, tables: Sequence[Table] = COPIED
) -> dict[str, int]:
    """Make these tables equal to the source's; how many rows each has.

    Rows that are there no more go first, so that their names are free for others.
    """
    wanted = {table.name: source.execute(select(table)).all() for table in tables}
    for table in reversed(tables):
        identity = list(table.primary_key.columns)
        places = [list(table.columns).index(column) for column in identity]
        keys = {tuple(row[place] for place in places) for row in wanted[table.name]}
        there = {tuple(row) for row in target.execute(select(*identity))}
        for part in _parts(sorted(there - keys)):
            target.execute(delete(table).where(tuple_(*identity).in_(part)))
    for table in tables:
        for rows in _parts(wanted[table.name]):
            _write(target, table, rows)
        _count_on(target, table)
    return {name: len(rows) for name, rows in wanted.items()}


def _write(target: Connection, table: Table, rows: Sequence[Any]) -> None:
    statement = upsert(target, table)
    identity = list(table.primary_key.columns)
    others = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    statement = (
        statement.on_conflict_do_update(index_elements=identity, set_=others)
        if others
        else statement.on_conflict_do_nothing(index_elements=identity)
    )
    for row in rows:
        values = zip(table.columns, row, strict=True)
        target.execute(
            statement.values({column.name: _value(column, each) for column, each in values})
        )


def _value(column: Column[Any], value: object) -> object:
    """What to insert: a JSON column takes None for JSON's null, which is not SQL's."""
    return null() if value is None and isinstance(column.type, JSON) else value


def _count_on(target: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    column = table.autoincrement_column
    if target.dialect.name != "postgresql" or column is None:
        return
    last = target.scalar(select(func.max(column)))
    place = {"table": table.name, "column": column.name}
    sequence = target.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), place)
    if sequence is not None and last is not None and isinstance(column.type, Integer):
        target.execute(
            text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": last}
        )


def _parts(rows: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(rows)
    for start in range(0, len(listed), _ROWS_PER_STATEMENT):
        yield listed[start : start + _ROWS_PER_STATEMENT]
