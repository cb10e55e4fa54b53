"""Damaged chunks are found and named; roll-ups are made again, the rest is set aside."""

from __future__ import annotations

import pytest
from homelab_agent.contract import FILESYSTEM, HOST, NETWORK_INTERFACE
from homelab_cmd.db.database import Database
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.tables import TIER_CODES, chunks, series
from homelab_cmd.history.tiers import DAY, HOUR, MINUTE, RAW, Retention, Tier
from sqlalchemy import delete, select, update

from tests.backend.history.strategies import heartbeats
from tests.backend.history.test_examine import BEATS, NOW_MS, STEP, all_windows, differing, never


@pytest.fixture
def sealed(database: Database) -> tuple[ChunksEngine, int]:
    """A server with some days of history, sealed and rolled up."""
    engine, server_key = ChunksEngine(), 1
    with database.connect(write=True) as connection:
        engine.append(connection, heartbeats(server_key, [STEP] * BEATS))
    engine.maintain(database, NOW_MS, Retention(), never)
    return engine, server_key


def damage_chunk(database: Database, server_key: int, family: str, key: str, tier: Tier) -> int:
    """Flip a bit in the middle of the first chunk of a series; its id."""
    with database.connect(write=True) as connection:
        found = connection.execute(
            select(chunks.c.id, chunks.c.payload)
            .join(series, series.c.id == chunks.c.series_id)
            .where(
                series.c.server_id == server_key,
                series.c.family == family,
                series.c.key == key,
                chunks.c.tier == TIER_CODES[tier.name],
            )
            .order_by(chunks.c.start_ms)
        ).first()
        assert found is not None
        content = bytearray(found.payload)
        content[len(content) // 2] ^= 1
        changed = update(chunks).where(chunks.c.id == found.id)
        connection.execute(changed.values(payload=bytes(content)))
    return int(found.id)


@pytest.mark.parametrize("tier", [MINUTE, HOUR, DAY], ids=lambda tier: tier.name)
def test_a_damaged_roll_up_is_set_aside_and_made_again(
    database: Database, sealed: tuple[ChunksEngine, int], tier: Tier
) -> None:
    engine, server_key = sealed
    before = all_windows(database, engine, server_key)
    identifier = damage_chunk(database, server_key, NETWORK_INTERFACE.name, "eth0", tier)
    engine = ChunksEngine()
    (problem,) = engine.examine(database, mend=False).problems
    assert f"chunk {identifier}" in problem
    assert "checksum" in problem
    found = engine.examine(database, mend=True)
    assert len(found.mended) == 1
    engine.maintain(database, NOW_MS, Retention(), never)
    after = engine.examine(database, mend=False)
    assert after.problems == []
    assert len(after.set_aside) == 1
    assert all_windows(database, engine, server_key) == before


def test_roll_ups_that_outlive_their_samples_are_combined_from_finer_ones(
    database: Database, sealed: tuple[ChunksEngine, int]
) -> None:
    engine, server_key = sealed
    before = all_windows(database, engine, server_key)
    with database.connect(write=True) as connection:  # as pruning leaves it
        of_server = select(series.c.id).where(series.c.server_id == server_key)
        raw = chunks.c.tier == TIER_CODES[RAW.name]
        connection.execute(delete(chunks).where(raw, chunks.c.series_id.in_(of_server)))
    damage_chunk(database, server_key, FILESYSTEM.name, "/", DAY)
    engine = ChunksEngine()
    assert len(engine.examine(database, mend=True).mended) == 1
    assert engine.examine(database, mend=False).problems == []
    assert all_windows(database, engine, server_key) == before


@pytest.mark.parametrize(
    "family, key, lost", [(FILESYSTEM.name, "/", 1), ("", "", 4)], ids=["series", "times"]
)
def test_damaged_samples_are_set_aside_and_their_roll_ups_stay(
    database: Database, sealed: tuple[ChunksEngine, int], family: str, key: str, lost: int
) -> None:
    engine, server_key = sealed
    before = all_windows(database, engine, server_key)
    damage_chunk(database, server_key, family, key, RAW)
    engine = ChunksEngine()
    found = engine.examine(database, mend=True)
    assert len(found.problems) == len(found.mended) == 1
    after = engine.examine(database, mend=False)
    assert after.problems == []
    assert len(after.set_aside) == lost + (family == "")
    engine.maintain(database, NOW_MS, Retention(), never)
    assert all_windows(database, engine, server_key) == before
    assert differing(database, engine, server_key) == []


def test_a_chunk_that_says_other_counts_than_its_row_is_named(
    database: Database, sealed: tuple[ChunksEngine, int]
) -> None:
    engine, server_key = sealed
    of_server = select(series.c.id).where(
        series.c.server_id == server_key, series.c.family == HOST.name
    )
    with database.connect(write=True) as connection:
        changed = update(chunks).where(
            chunks.c.series_id.in_(of_server), chunks.c.tier == TIER_CODES[HOUR.name]
        )
        connection.execute(changed.values(samples=chunks.c.samples + 1))
    (problem,) = engine.examine(database, mend=False).problems
    assert "samples" in problem
