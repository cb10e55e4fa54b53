"""What is damaged is found and named; what can be is made again, the rest is set aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from homelab_agent.contract import FAMILIES, FILESYSTEM
from homelab_cmd.db.database import Database
from homelab_cmd.history import rollup
from homelab_cmd.history.audit import days_to_compare, differences
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.sealed import windows_payload
from homelab_cmd.history.chunks.tables import TIER_CODES, chunks, series
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import HistoryEngine, Selection
from homelab_cmd.history.rows.tables import TABLES
from homelab_cmd.history.tiers import DAY, HOUR, TIERS, Retention, Tier
from sqlalchemy import select, update

from tests.backend.history.strategies import DAY_MS, START_MS, Step, heartbeats

STEP = Step(
    pause_ms=3_600_000,
    reboot=False,
    rx=5_000,
    tx=700,
    used=12_345,
    cpu=7.5,
    state="ok",
    interfaces=2,
    interval_ms=10_000,
    speed=None,
)
BEATS = 110  # four days and more, one an hour
NOW_MS = START_MS + 6 * DAY_MS


def never() -> bool:
    return False


@pytest.fixture
def server(database: Database, engine: HistoryEngine, new_server: Callable[[], int]) -> int:
    """A server with some days of history, rolled up."""
    server_key = new_server()
    with database.connect(write=True) as connection:
        engine.append(connection, heartbeats(server_key, [STEP] * BEATS))
    engine.maintain(database, NOW_MS, Retention(), never)
    return server_key


def all_windows(database: Database, engine: HistoryEngine, server_key: int) -> Any:
    said = {}
    with database.connect() as connection:
        for family in FAMILIES:
            for tier in TIERS[1:]:
                names = [column.name for column in rollup.columns(family)]
                which = Selection([server_key], family, None, names, 0, 1 << 50, tier)
                for frame in engine.range(connection, which):
                    values = {name: python_values(c) for name, c in frame.columns.items()}
                    said[family.name, tier.name, frame.key] = frame.time_ms.tolist(), values
    return said


def differing(database: Database, engine: HistoryEngine, server_key: int) -> list[Any]:
    with database.connect() as connection:
        days = days_to_compare(connection, engine, [server_key], NOW_MS)
        return [
            difference
            for _, day_ms in days
            for difference in differences(connection, engine, server_key, day_ms)
        ]


def test_a_sound_history_has_no_problem(
    database: Database, engine: HistoryEngine, server: int
) -> None:
    found = engine.examine(database, mend=False)
    assert found.checked > 0
    assert found.problems == found.set_aside == []
    assert differing(database, engine, server) == []
    with database.connect() as connection:
        days = days_to_compare(connection, engine, [server], NOW_MS)
    # From the day of the first sample to yesterday, at the moment asked for.
    first_ms, today_ms = START_MS + STEP.pause_ms, NOW_MS // DAY_MS * DAY_MS
    assert [day for _, day in days] == list(range(first_ms // DAY_MS * DAY_MS, today_ms, DAY_MS))


def test_roll_ups_that_are_wrong_are_found_and_made_again(
    database: Database, engine: HistoryEngine, server: int
) -> None:
    before = all_windows(database, engine, server)
    for tier in (HOUR, DAY):
        spoil(database, engine, server, tier)
    # As in another process: what this one has decoded already it need not read again.
    engine = type(engine)()
    found = differing(database, engine, server)
    assert {(which.family.name, which.key) for which, _ in found} == {("filesystem", "/")}
    assert {text.partition(":")[0] for _, text in found} == {"hour", "day"}
    with database.connect(write=True) as connection:
        for which, _ in found:
            engine.remake(connection, which)
    assert differing(database, engine, server) == []
    engine.maintain(database, NOW_MS, Retention(), never)
    assert differing(database, engine, server) == []
    assert all_windows(database, engine, server) == before


def spoil(database: Database, engine: HistoryEngine, server_key: int, tier: Tier) -> None:
    """Write a wrong sum into the roll-ups of a filesystem, in a form that is in order."""
    if isinstance(engine, ChunksEngine):
        spoil_chunk(database, engine, server_key, tier)
        return
    table = TABLES[FILESYSTEM.name][tier.name]
    with database.connect(write=True) as connection:
        some = table.c.timestamp_ms >= START_MS + 2 * DAY_MS
        changed = update(table).where(table.c.server_id == server_key, some)
        assert connection.execute(changed.values(used_bytes_sum=1.0)).rowcount > 0


def spoil_chunk(database: Database, engine: ChunksEngine, server_key: int, tier: Tier) -> None:
    names = [column.name for column in rollup.columns(FILESYSTEM)]
    with database.connect(write=True) as connection:
        which = Selection([server_key], FILESYSTEM, ["/"], names, 0, 1 << 50, tier)
        (frame,) = engine.range(connection, which)
        values = frame.columns["used_bytes.sum"].values.copy()
        values[frame.time_ms >= START_MS + 2 * DAY_MS] = 1.0
        frame.columns["used_bytes.sum"].values = values
        found = (
            connection.execute(
                select(chunks.c.id)
                .join(series, series.c.id == chunks.c.series_id)
                .where(
                    series.c.server_id == server_key,
                    series.c.family == FILESYSTEM.name,
                    chunks.c.tier == TIER_CODES[tier.name],
                )
            )
            .scalars()
            .all()
        )
        assert len(found) == 1
        changed = update(chunks).where(chunks.c.id == found[0])
        connection.execute(changed.values(payload=windows_payload(FILESYSTEM, frame)))
