from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import Heartbeat, Report
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.rows.expired import drop_expired
from homelab_cmd.history.tiers import DAY_MS, RAW
from homelab_cmd.servers.models import Server
from sqlalchemy import select, text

from tests.backend.history.test_crashes import NOW_MS, SHORT, START_MS, day_and_night, hourly_sums

# The same tests, on this folder's databases.
from tests.backend.history.test_crashes import (
    test_a_crash_at_any_transaction_changes_no_answer as test_a_crash_changes_no_answer,
)

__all__ = ["test_a_crash_changes_no_answer"]

Told = tuple[int, list[Heartbeat]]


def never() -> bool:
    return False


def chunk_days(database: Database, table: str) -> list[int]:
    """The days since the host's first whose chunks there are."""
    statement = text(
        "SELECT range_start_integer FROM timescaledb_information.chunks"
        " WHERE hypertable_name = :table ORDER BY 1"
    )
    with database.connect() as connection:
        starts = connection.scalars(statement, {"table": table})
        return [(start - START_MS) // DAY_MS for start in starts]


@pytest.fixture
def told(engine: RowsEngine, database: Database, new_server: Callable[[], int]) -> Told:
    """A new server and its four days, in a database without other history."""
    with database.connect(write=True) as connection:
        connection.execute(text("TRUNCATE servers, heartbeats, history_floors CASCADE"))
    server_key = new_server()
    return server_key, day_and_night(server_key)


def keep(engine: RowsEngine, database: Database, heartbeats: list[Heartbeat]) -> None:
    with database.connect(write=True) as connection:
        engine.append(connection, heartbeats)


def test_a_day_that_expires_is_a_chunk_that_is_dropped(
    engine: RowsEngine, database: Database, told: Told
) -> None:
    server_key, beats = told
    keep(engine, database, [replace(beat, interval_ms=10_000) for beat in beats])
    whole = hourly_sums(engine, database, server_key)
    done = engine.maintain(database, NOW_MS, SHORT, never)
    assert done.complete
    assert done.pruned_rows == 0
    assert done.dropped_chunks > 0
    assert chunk_days(database, "metrics") == [3]
    assert chunk_days(database, "metrics_1min") == [2, 3]
    assert hourly_sums(engine, database, server_key) == whole
    assert engine.maintain(database, NOW_MS, SHORT, never).dropped_chunks == 0


def test_samples_kept_in_the_place_of_minutes_go_when_minutes_would(
    engine: RowsEngine, database: Database, told: Told
) -> None:
    server_key, beats = told
    keep(engine, database, beats)
    whole = hourly_sums(engine, database, server_key)
    assert engine.maintain(database, NOW_MS, SHORT, never).complete
    assert chunk_days(database, "metrics") == [2, 3]
    with database.connect() as connection:
        left = "SELECT (SELECT count(*) FROM heartbeats), (SELECT count(*) FROM metrics)"
        logged, samples = connection.execute(text(left)).one()
        kept = [beat for beat in beats if beat.time_ms >= START_MS + 2 * DAY_MS]
        assert logged == samples == len(kept)
        marks = "SELECT min(hour_ms) FROM rollup_marks"
        assert connection.scalar(text(marks)) >= START_MS + 2 * DAY_MS
    assert hourly_sums(engine, database, server_key) == whole


def test_samples_that_are_not_rolled_up_stay(
    engine: RowsEngine, database: Database, told: Told
) -> None:
    _, beats = told
    keep(engine, database, [replace(beat, interval_ms=10_000) for beat in beats])
    report = Report()
    empty_ms = drop_expired(database, RAW, START_MS + 3 * DAY_MS, report)
    assert (empty_ms, report.dropped_chunks) == (START_MS, 0)


def test_whoever_reads_is_not_disturbed_and_the_next_round_drops(
    engine: RowsEngine, database: Database, told: Told
) -> None:
    server_key, beats = told
    keep(engine, database, [replace(beat, interval_ms=10_000) for beat in beats])
    whole = hourly_sums(engine, database, server_key)
    with database.connect() as reader:
        reader.execute(select(Server.id))
        done = engine.maintain(database, NOW_MS, SHORT, never)
    assert (done.complete, done.dropped_chunks) == (False, 0)
    assert hourly_sums(engine, database, server_key) == whole
    assert engine.maintain(database, NOW_MS, SHORT, never).dropped_chunks > 0
    assert hourly_sums(engine, database, server_key) == whole
