"""The tables of the chunks engine, for every family and tier, beside the log that engines share.

None refers to `servers`: a deleted server's chunks are purged in slices, not in one cascade.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from homelab_cmd.db.base import Base
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, MINUTE, RAW, Tier, floor_to

# Only a column of exactly INTEGER is SQLite's own row id, without a second b-tree.
_ID = BigInteger().with_variant(Integer(), "sqlite")

series = Table(
    "series",
    Base.metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("server_id", Integer, nullable=False),
    Column("family", String(64), nullable=False, comment="of the server's own chunks: empty"),
    Column("key", Text, nullable=False, comment="of a family without a key: empty"),
    Index("ix_series_server_id_family_key", "server_id", "family", "key", unique=True),
    sqlite_autoincrement=True,
)

chunks = Table(
    "chunks",
    Base.metadata,
    # A chunk that changes becomes another row. Its id, never given twice, is what caches go by.
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("series_id", BigInteger, nullable=False),
    Column("tier", SmallInteger, nullable=False),
    Column("start_ms", BigInteger, nullable=False, comment="of the span that the chunk is for"),
    Column("first_ms", BigInteger, nullable=False, comment="of its first sample or window"),
    Column("last_ms", BigInteger, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("rolled_up", SmallInteger, nullable=False, comment="of a server's own raw chunks"),
    Column("payload", LargeBinary, nullable=False),
    Index("ix_chunks_series_id_tier_start_ms", "series_id", "tier", "start_ms", unique=True),
    sqlite_autoincrement=True,
)

# The server's own series: when its heartbeats came, and what its log's records are packed against.
OWN_FAMILY = ""
TIMES_KEY = ""
DICTIONARY_KEY = "dictionary"

# `chunks.tier`: numbers are the format's.
TIER_CODES = {RAW.name: 0, MINUTE.name: 1, HOUR.name: 2, DAY.name: 3}
DICTIONARY_TIER = 9

# `chunks.rolled_up` of a server's raw day.
STALE = 0  # its windows are computed from the samples
ROLLED_UP = 1  # all tiers hold it
KEPT_RAW = 2  # hours and days do; for minutes the host reports too seldom: the samples answer

# How much of a tier stands in one chunk. A year of hours is 52 whole weeks; days are one chunk for
# as long as anybody will care.
SPANS_MS = {
    RAW.name: DAY_MS,
    MINUTE.name: 7 * DAY_MS,
    HOUR.name: 364 * DAY_MS,
    DAY.name: 36_400 * DAY_MS,
}


def span_start(tier: Tier, time_ms: int) -> int:
    """The start of the chunk of `tier` that holds `time_ms`."""
    return floor_to(time_ms, SPANS_MS[tier.name])
