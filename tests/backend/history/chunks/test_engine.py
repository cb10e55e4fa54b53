"""The chunks engine: sealed and fresh together say what was accepted, whatever happens between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.contract import FILESYSTEM, HOST, NETWORK_INTERFACE
from homelab_cmd.db.database import Database
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.interface import Outcome, Selection
from homelab_cmd.history.tiers import RAW, TIERS, Retention
from sqlalchemy import event

from tests.backend.history.chunks.cases import LATER_MS, append, everything, in_log
from tests.backend.history.chunks.conftest import (
    DAY_MS,
    START_MS,
    beat,
    make_database,
    never,
    run_of,
)


def test_sealing_changes_nothing_that_is_said_and_empties_the_log(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS + DAY_MS - 3_600_000, 800))
    append(engine, database, run_of(2, START_MS + DAY_MS - 3_000_000, 300))
    before = everything(engine, database, (1, 2))
    report = engine.maintain(database, START_MS + DAY_MS + 7_200_000, Retention(), never)
    assert (report.sealed_heartbeats, report.complete, report.problems) == (1_100, True, [])
    assert in_log(database) == 0
    assert everything(ChunksEngine(), database, (1, 2)) == before
    assert everything(engine, database, (1, 2)) == before
    engine.maintain(database, LATER_MS, Retention(), never)
    assert everything(ChunksEngine(), database, (1, 2)) == before


def test_a_sealed_time_is_taken_and_its_heartbeat_known(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 720)
    append(engine, database, told)
    engine.maintain(database, START_MS + DAY_MS, Retention(), never)
    other = beat(1, told[5].time_ms, 77)
    anonymous = beat(1, told[6].time_ms, 0)
    anonymous.sequence = None
    new = beat(1, told[5].time_ms + 1, 78)
    for fresh in (engine, ChunksEngine()):
        outcomes = append(fresh, database, [told[5], other, anonymous])
        assert outcomes == [Outcome.REPEATED, Outcome.TIME_TAKEN, Outcome.REPEATED]
    assert append(engine, database, [new, new]) == [Outcome.STORED, Outcome.REPEATED]


@pytest.mark.parametrize("is_sealed", [False, True])
def test_after_a_restart_what_comes_late_hides_no_repeat(
    database: Database, is_sealed: bool
) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 720)
    append(engine, database, told)
    if is_sealed:
        engine.maintain(database, START_MS + DAY_MS, Retention(), never)
    restarted = ChunksEngine()
    # An agent's oldest comes first: it is older than all that is held.
    late = beat(1, START_MS - 5_000, 1)
    taken = beat(1, told[-1].time_ms, 77)
    assert append(restarted, database, [late]) == [Outcome.STORED]
    outcomes = append(restarted, database, [told[-1], taken])
    assert outcomes == [Outcome.REPEATED, Outcome.TIME_TAKEN]


def test_what_is_rolled_back_was_never_said(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 4)
    with crash_at(database, 1), pytest.raises(Crash):
        append(engine, database, told)
    with database.connect() as connection, connection.begin_nested() as savepoint:
        engine.append(connection, told)
        savepoint.rollback()
    assert everything(engine, database, (1,)) == {}
    assert append(engine, database, told[:2]) == [Outcome.STORED] * 2
    assert (
        everything(engine, database, (1,)).keys()
        == everything(ChunksEngine(), database, (1,)).keys()
    )


def test_late_heartbeats_are_seen_at_once_and_correct_the_roll_ups(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS + DAY_MS - 2_000_000, 400)
    append(engine, database, told[::2])
    engine.maintain(database, LATER_MS, Retention(), never)
    everything(engine, database, (1,))
    for heartbeat in reversed(told[1::2]):
        append(engine, database, [heartbeat])
        if heartbeat.sequence and heartbeat.sequence % 50 == 0:
            everything(engine, database, (1,))
    whole = make_database(Path(database.url.database or "").with_name("ordered.sqlite3"))
    ordered = ChunksEngine()
    append(ordered, whole, told)
    expected = everything(ordered, whole, (1,))
    assert everything(engine, database, (1,)) == expected
    engine.maintain(database, LATER_MS, Retention(), never)
    assert everything(ChunksEngine(), database, (1,)) == expected
    whole.dispose()


def test_a_reader_with_an_old_snapshot_misses_nothing(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS, 720))
    selection = Selection((1,), HOST, None, ("cpu_percent",), 0, 1 << 50, RAW)
    with database.connect() as old:
        assert len(engine.range(old, selection)[0].time_ms) == 720
        engine.maintain(database, START_MS + DAY_MS, Retention(), never)
        assert len(engine.range(old, selection)[0].time_ms) == 720


class Crash(Exception):
    pass


@contextmanager
def crash_at(database: Database, statement: int) -> Iterator[None]:
    """Let the program die before it says its so manieth statement that could change something."""
    said = 0

    def count(_connection: Any, _cursor: Any, statement_text: str, *_: Any) -> None:
        nonlocal said
        if statement_text.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE")):
            if said == statement:
                raise Crash
            said += 1

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


@pytest.mark.parametrize("prunes", [False, True])
def test_a_crash_between_any_two_statements_loses_and_doubles_nothing(
    tmp_path: Path, *, prunes: bool
) -> None:
    """Sealing, rolling up late data and pruning, each killed at every step and then done again."""
    spans: dict[str, int | None] = {tier.name: None for tier in TIERS}
    retention = Retention(spans | {"raw": DAY_MS} if prunes else spans)
    tiers = TIERS[1:] if prunes else TIERS
    now_ms = START_MS + 4 * DAY_MS
    prepared = tmp_path / "prepared.sqlite3"
    database = make_database(prepared)
    engine = ChunksEngine()
    for server in (1, 2):
        append(engine, database, run_of(server, START_MS + DAY_MS - 300_000, 20, 30_000))
    engine.maintain(database, START_MS + 2 * DAY_MS, Retention(), never)
    append(engine, database, run_of(1, START_MS + DAY_MS - 295_000, 10, 30_000))
    append(engine, database, run_of(2, START_MS + 2 * DAY_MS, 10))
    expected = everything(ChunksEngine(), database, (1, 2), tiers)
    database.dispose()
    step, complete = 0, False
    while not complete:
        file = tmp_path / f"{step}.sqlite3"
        shutil.copy(prepared, file)
        victim = Database(f"sqlite:///{file}")
        try:
            with crash_at(victim, step):
                ChunksEngine().maintain(victim, now_ms, retention, never)
            complete = True
        except Crash:
            pass
        assert everything(ChunksEngine(), victim, (1, 2), tiers) == expected, step
        report = ChunksEngine().maintain(victim, now_ms, retention, never)
        assert report.complete
        assert everything(ChunksEngine(), victim, (1, 2), tiers) == expected, step
        assert in_log(victim) == 0
        victim.dispose()
        step += 1
    assert step > 15


def test_keys_and_latest_know_sealed_and_fresh(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 720)
    told[-1] = beat(1, told[-1].time_ms, 9, interfaces=())
    append(engine, database, told)
    last_ms = told[-1].time_ms
    for reader in (engine, ChunksEngine()):
        with database.connect() as connection:
            span = (START_MS, START_MS + 1)
            assert reader.keys(connection, 1, NETWORK_INTERFACE, *span) == ["eth0"]
            assert reader.keys(connection, 1, FILESYSTEM, *span) == ["/"]
            assert reader.keys(connection, 1, NETWORK_INTERFACE, last_ms, last_ms + 1) == []
            latest = reader.latest(connection, 1)
        assert latest["host"] == (last_ms, told[-1].rows["host"])
        assert latest["filesystem"] == (last_ms, told[-1].rows["filesystem"])
        assert latest["network_interface"] in (
            (last_ms, []),  # from the log, where that a host has none is a report
            (told[-2].time_ms, told[-2].rows["network_interface"]),
        )
        engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    assert in_log(database) == 0


def test_imported_history_equals_appended(database: Database, tmp_path: Path) -> None:
    told = run_of(1, START_MS, 900) + run_of(2, START_MS, 900)
    engine = ChunksEngine()
    append(engine, database, told[:100])
    assert engine.bulk_import(database, [*told, *told[:50]]) == len(told) - 100
    assert engine.bulk_import(database, told) == 0
    appended = make_database(tmp_path / "appended.sqlite3")
    append(other := ChunksEngine(), appended, told)
    assert everything(engine, database, (1, 2)) == everything(other, appended, (1, 2))
    appended.dispose()
