"""The tables of the rows engine, derived from the families' declarations in plain loops.

A raw table per family under its declared name, with two indexes: by server, key and time for the
range of a series, by server and time for the host at a moment. Its roll-ups bear the tier's suffix
and are clustered by their primary key. Times are UTC milliseconds.
"""

from __future__ import annotations

from typing import Any

from homelab_agent.contract import FAMILIES, Family, Field
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)
from sqlalchemy.types import TypeEngine

from homelab_cmd.db.base import Base
from homelab_cmd.history import rollup
from homelab_cmd.history.tiers import RAW, ROLLUP_TIERS, Tier

_LONGEST_WORD = 32


def _type(field: Field, plain: type) -> TypeEngine[Any]:
    if plain is str:
        length = field.spec.max_length or max(_LONGEST_WORD, *map(len, field.choices))
        return String(length)
    if plain is bool:
        return Boolean()
    return BigInteger() if plain is int else Double()


def _series_columns(family: Family) -> list[Column[Any]]:
    columns: list[Column[Any]] = [
        Column("server_id", ForeignKey("servers.id", ondelete="CASCADE"), nullable=False)
    ]
    if family.key:
        columns.append(Column(family.key.column, _type(family.key, str), nullable=False))
    columns.append(Column("timestamp_ms", BigInteger, nullable=False))
    return columns


def raw_table(family: Family, metadata: MetaData) -> Table:
    """The table of the family's samples. Every value may be null: a gated row keeps its state."""
    series = _series_columns(family)
    names = [column.name for column in series]
    by_name = f"{family.index}_server_name_ts" if family.key else f"{family.index}_server_ts"
    table = Table(
        family.table,
        metadata,
        *series,
        *(Column(field.column, _type(field, field.type)) for field in family.values),
        Index(by_name, *names, unique=True),
        comment=family.summary,
    )
    if family.key:
        Index(f"{family.index}_server_ts", table.c.server_id, table.c.timestamp_ms)
    return table


def rollup_table(family: Family, tier: Tier, metadata: MetaData) -> Table:
    """The table of one tier of the family; `timestamp_ms` is the start of the window.

    Every value may be null: windows from before a field was declared say nothing about it.
    """
    series = _series_columns(family)
    values = (
        Column(column.column, _type(column.field, column.type)) for column in rollup.columns(family)
    )
    return Table(
        family.table + tier.suffix,
        metadata,
        *series,
        *values,
        PrimaryKeyConstraint(*(column.name for column in series)),
        sqlite_with_rowid=False,
    )


def family_tables(family: Family, metadata: MetaData) -> dict[str, Table]:
    """By tier name, the tables of one family."""
    return {
        RAW.name: raw_table(family, metadata),
        **{tier.name: rollup_table(family, tier, metadata) for tier in ROLLUP_TIERS},
    }


TABLES: dict[str, dict[str, Table]] = {
    family.name: family_tables(family, Base.metadata) for family in FAMILIES
}

# Which hours of which server are not rolled up, or no longer: written with the samples, in their
# transaction, so that no crash can part the two. `claim` is 0 for an hour that is to be rolled up,
# the number of the round that is at it, or KEPT_RAW.
marks = Table(
    "rollup_marks",
    Base.metadata,
    Column("server_id", ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("hour_ms", BigInteger, nullable=False),
    Column("claim", BigInteger, nullable=False),
    PrimaryKeyConstraint("server_id", "hour_ms"),
    sqlite_with_rowid=False,
)
DIRTY = 0
# Hours and days are made; the host reports too seldom for minutes, so its samples stay for the
# minute tier's span and answer in its place.
KEPT_RAW = -1

# Per tier the time before which readers take the coarser tier, written before the first row goes,
# and the time before which all is gone.
floors = Table(
    "history_floors",
    Base.metadata,
    Column("tier", String(16), primary_key=True),
    Column("floor_ms", BigInteger, nullable=False),
    Column("pruned_ms", BigInteger, nullable=False),
)
