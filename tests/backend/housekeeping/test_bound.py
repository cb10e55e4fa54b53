"""The database stays below its bound: the oldest samples go first, roll-ups stay."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import HostMetrics
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.db.size import DatabaseFullError, refuse_growth, size_of
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.history.service import check_bound
from homelab_cmd.history.tiers import DAY_MS, HOUR, MINUTE, RAW, Retention, floor_to
from homelab_cmd.housekeeping.bound import (
    PRUNE_BELOW,
    Bound,
    in_words,
    keep_below,
    limited_tiers,
    tightened,
)
from homelab_cmd.housekeeping.service import run_round
from homelab_cmd.keeping.limits import Limits
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import load_settings

from tests.backend.history.test_examine import all_windows, never

NOW_MS = 20_530 * DAY_MS + 7_200_000
DAYS = 5


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    upgrade(database)
    yield database
    database.dispose()


def filled(database: Database, engine: HistoryEngine, days: int, interval_ms: int) -> int:
    """A server with so many days of numbers that no one can compress."""
    chance = random.Random(7)  # noqa: S311 - noise
    with database.write() as session:
        server_key = create_server(session, "nas").id
    engine.bulk_import(
        database,
        [
            Heartbeat(
                server_key,
                time_ms,
                None,
                None,
                10_000,
                {
                    "host": [
                        HostMetrics(
                            cpu_percent=100 * chance.random(),
                            load_1m=chance.random(),
                            load_5m=chance.random(),
                            load_15m=chance.random(),
                            memory_used_bytes=chance.randrange(2**40),
                            swap_used_bytes=chance.randrange(2**40),
                        )
                    ]
                },
            )
            for time_ms in range(NOW_MS - days * DAY_MS, NOW_MS, interval_ms)
        ],
    )
    engine.maintain(database, NOW_MS, Retention(), never)
    return server_key


@pytest.mark.parametrize("name, interval_ms", [("chunks", 30_000), ("rows", 300_000)])
def test_the_oldest_samples_go_until_it_fits(
    database: Database, name: str, interval_ms: int
) -> None:
    engine = make_engine(name)
    server_key = filled(database, engine, DAYS, interval_ms)
    before = all_windows(database, engine, server_key)
    with database.connect() as connection:
        full = size_of(connection)
        raw = sum(part.size_bytes for part in engine.stats(connection) if part.tier == "raw")
    bound = Bound(int((full.used_bytes - raw / 3) / PRUNE_BELOW), Retention())
    assert keep_below(database, engine, bound, NOW_MS, never) is None
    engine = make_engine(name)
    with database.connect() as connection:
        size, floors = size_of(connection), dict(engine.floors(connection))
    assert size.used_bytes <= PRUNE_BELOW * bound.max_bytes
    assert NOW_MS - DAYS * DAY_MS < floors["raw"] <= floor_to(NOW_MS, DAY_MS) - 2 * DAY_MS
    after = all_windows(database, engine, server_key)
    for place, windows in before.items():
        if place[1] in (HOUR.name, "day"):
            assert after[place] == windows
    limited = limited_tiers(Retention(), floors, NOW_MS)
    assert limited[RAW] == floors["raw"]
    assert f"samples go back to {iso(floors['raw'])[:10]}" in str(in_words(limited))
    # The next rounds find nothing to do, and do not go back either.
    assert keep_below(database, engine, bound, NOW_MS, never) is None
    with database.connect() as connection:
        assert engine.floors(connection)["raw"] >= floors["raw"]


def test_free_pages_go_back_to_the_filesystem(database: Database, tmp_path: Path) -> None:
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("CREATE TABLE much (content BLOB)")
        connection.exec_driver_sql("INSERT INTO much VALUES (zeroblob(3000000))")
    with database.connect(write=True) as connection:
        connection.exec_driver_sql("DROP TABLE much")
        before = size_of(connection)
    done = run_round(database, make_engine("chunks"), Limits(Retention(), None), never)
    assert done.freed_pages >= 400
    with database.connect() as connection:
        assert size_of(connection).total_bytes < before.total_bytes - 1_600_000
    database.dispose()  # the last one writes the log into the file
    file = tmp_path / "homelab-cmd.sqlite3"
    assert file.stat().st_size < before.total_bytes - 1_600_000


def test_a_bound_that_nothing_fits_in_is_said(database: Database) -> None:
    engine = make_engine("chunks")
    filled(database, engine, 4, 900_000)
    problem = keep_below(database, engine, Bound(1_000, Retention()), NOW_MS, never)
    assert problem is not None
    assert "too small" in problem


def test_a_day_of_samples_at_a_time_and_then_of_minutes() -> None:
    today_ms = floor_to(NOW_MS, DAY_MS)
    floors: dict[str, int] = {}
    order = []
    for _ in range(10):
        tighter = tightened(Retention(), floors, today_ms - 5 * DAY_MS, NOW_MS)
        if tighter is None:
            break
        now = {tier.name: tighter.floor_ms(tier, NOW_MS) for tier in (RAW, MINUTE)}
        order += [
            (name, (today_ms - floor) // DAY_MS)
            for name, floor in now.items()
            if floor > floors.get(name, today_ms - 5 * DAY_MS)
        ]
        floors = now
    assert order == [(tier, day) for tier in ("raw", "minute") for day in (4, 3, 2)]


def test_a_transaction_that_would_grow_a_full_database_is_refused(database: Database) -> None:
    with database.connect() as connection:
        total = size_of(connection).total_bytes
    with database.connect(write=True) as connection:
        refuse_growth(connection, total)
        refuse_growth(connection, None)
        connection.exec_driver_sql("CREATE TABLE more (content BLOB)")
        connection.exec_driver_sql("INSERT INTO more VALUES (zeroblob(100000))")
        with pytest.raises(DatabaseFullError, match="max_size"):
            refuse_growth(connection, total)


def test_ingest_at_the_bound_is_503_and_goes_on_once_there_is_room(agent: TestClient) -> None:
    state: Any = agent.app.state  # type: ignore[attr-defined]  # an ASGI app
    beat = {"server_id": "nas", "hostname": "nas", "metrics": {"cpu_percent": 5.0}}
    state.writer.max_bytes = lambda: 1
    answers = []
    for number in range(40):  # the free pages are used up first
        body = {**beat, "timestamp": iso(now_ms() - number)}
        body["ip_addresses"] = [f"10.0.{number}.{i}" for i in range(30)]
        answers.append(agent.post("/api/v1/agents/heartbeat", json=body))
        if answers[-1].status_code == 503:
            break
    assert answers[-1].status_code == 503
    assert "max_size" in answers[-1].json()["detail"]["message"]
    state.writer.max_bytes = lambda: None
    again = {**beat, "timestamp": iso(now_ms())}
    assert agent.post("/api/v1/agents/heartbeat", json=again).status_code == 200


def test_late_data_is_taken_from_a_day_after_the_oldest_samples(agent: TestClient) -> None:
    state: Any = agent.app.state  # type: ignore[attr-defined]  # an ASGI app
    state.scheduler.raw_floor_ms = now_ms() - 3 * DAY_MS
    beat = {"server_id": "nas", "hostname": "nas", "metrics": {"cpu_percent": 5.0}}
    late = {**beat, "timestamp": iso(now_ms() - 2 * DAY_MS - 60_000)}
    answer = agent.post("/api/v1/agents/heartbeat", json=late)
    assert answer.json()["detail"]["code"] == "TIMESTAMP_TOO_OLD"
    late = {**beat, "timestamp": iso(now_ms() - 2 * DAY_MS + 60_000)}
    assert agent.post("/api/v1/agents/heartbeat", json=late).status_code == 200


def test_what_it_means_is_asked_for(person: TestClient) -> None:
    said = person.get("/api/v1/system/housekeeping").json()
    assert said["max_size_bytes"] is said["limited"] is None
    assert [tier["tier"] for tier in said["tiers"]] == ["raw", "minute", "hour", "day"]
    assert said["database_bytes"] > said["free_bytes"] >= 0


def test_sizes_are_read_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMELAB_CMD_MAX_SIZE", "2GB")
    settings = load_settings(data_dir=tmp_path)
    check_bound(settings)
    assert settings.max_size == 2_000_000_000
    monkeypatch.setenv("HOMELAB_CMD_MAX_SIZE", "1MB")
    with pytest.raises(StartupError, match="64MB"):
        load_settings(data_dir=tmp_path)
    monkeypatch.setenv("HOMELAB_CMD_MAX_SIZE", "2GB")
    with pytest.raises(StartupError, match="RETENTION_RAW_DAYS"):
        check_bound(load_settings(data_dir=tmp_path, database_url="postgresql+psycopg://x@y/z"))
