from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from homelab_agent.contract import FAMILIES, FILESYSTEM, HOST, NETWORK_INTERFACE
from homelab_cmd.db.database import Database
from homelab_cmd.history import rollup
from homelab_cmd.history.chunks import logbook
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.chunks.payload import Payload, PayloadWriter
from homelab_cmd.history.chunks.tables import chunks, series
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, Outcome, Selection
from homelab_cmd.history.tiers import DAY, HOUR, MINUTE, RAW, TIERS, Retention, Tier
from sqlalchemy import event, select, update

from tests.backend.history.chunks.conftest import (
    DAY_MS,
    START_MS,
    beat,
    make_database,
    never,
    run_of,
)

LATER_MS = START_MS + 12 * DAY_MS


def append(engine: ChunksEngine, database: Database, batch: list[Heartbeat]) -> list[Outcome]:
    with database.connect(write=True) as connection:
        return engine.append(connection, batch)


def everything(
    engine: ChunksEngine,
    database: Database,
    servers: tuple[int, ...],
    tiers: tuple[Tier, ...] = TIERS,
) -> Any:
    """All that every tier says, in values that compare."""
    said = {}
    with database.connect() as connection:
        for family in FAMILIES:
            for tier in tiers:
                fields = [f.name for f in family.values]
                if tier is not RAW:
                    fields = [column.name for column in rollup.columns(family)]
                selection = Selection(servers, family, None, fields, 0, 1 << 50, tier)
                for frame in engine.range(connection, selection):
                    values = {name: python_values(c) for name, c in frame.columns.items()}
                    place = (family.name, tier.name, frame.server_key, frame.key)
                    said[place] = frame.time_ms.tolist(), values
    return said


def in_log(database: Database) -> int:
    with database.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM heartbeats").scalar_one())


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


def damage(database: Database, family: str) -> None:
    """Turn a bit round in each chunk of a family's series, or of the servers' own."""
    with database.connect(write=True) as connection:
        found = connection.execute(
            select(chunks.c.id, chunks.c.payload)
            .join(series, series.c.id == chunks.c.series_id)
            .where(series.c.family == family)
        ).all()
        for identifier, payload in found:
            damaged = payload[:20] + bytes([payload[20] ^ 1]) + payload[21:]
            changed = update(chunks).where(chunks.c.id == identifier)
            connection.execute(changed.values(payload=damaged))


def test_a_damaged_chunk_is_named_and_the_others_are_read(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS, 720))
    engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    whole = everything(ChunksEngine(), database, (1,))
    damage(database, "filesystem")
    engine = ChunksEngine()
    rest = everything(engine, database, (1,))
    assert rest == {place: said for place, said in whole.items() if place[0] != "filesystem"}
    report = engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    assert len(report.problems) == 1
    assert "filesystem '/'" in report.problems[0]
    assert "checksum" in report.problems[0]


@pytest.mark.parametrize("family", ["", "filesystem"])
def test_a_day_with_a_damaged_chunk_takes_new_heartbeats(database: Database, family: str) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 1_440)
    append(engine, database, told[:720])
    engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    damage(database, family)
    engine = ChunksEngine()
    append(engine, database, told[720:])
    engine.maintain(database, LATER_MS, Retention(), never)
    said = everything(ChunksEngine(), database, (1,))
    assert len(said["filesystem", "raw", 1, "/"][0]) == 720
    assert len(said["host", "raw", 1, ""][0]) == (1_440 if family else 720)
    with database.connect() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM chunks WHERE tier >= 100")
        assert kept.scalar_one() == (1 if family else 4)


def test_a_damaged_heartbeat_of_the_log_is_named_and_stays(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS, 720))
    with database.connect(write=True) as connection:
        connection.exec_driver_sql(
            "UPDATE heartbeats SET payload = x'0099' WHERE id = (SELECT min(id) FROM heartbeats)"
        )
    engine = ChunksEngine()
    assert len(everything(engine, database, (1,))["host", "raw", 1, ""][0]) == 719
    report = engine.maintain(database, START_MS + DAY_MS, Retention(), never)
    assert report.sealed_heartbeats == 719
    assert "server 1" in report.problems[0]
    assert in_log(database) == 1


def test_raw_is_pruned_only_after_it_is_rolled_up(database: Database) -> None:
    engine = ChunksEngine()
    append(engine, database, run_of(1, START_MS, 720))
    before = everything(engine, database, (1,))
    engine.maintain(database, START_MS + 40 * DAY_MS, Retention(), never)
    after = everything(engine, database, (1,))
    assert {tier for _, tier, *_ in after} == {"minute", "hour", "day"}
    assert after == {place: said for place, said in before.items() if place[1] != "raw"}
    with database.connect() as connection:
        assert engine.floors(connection)["raw"] == START_MS + 10 * DAY_MS
    engine.maintain(database, START_MS + 400 * DAY_MS, Retention(), never)
    assert {tier for _, tier, *_ in everything(engine, database, (1,))} == {"hour", "day"}


def test_a_slow_host_keeps_its_samples_in_the_place_of_minutes(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 100, 60_000)
    for heartbeat in told:
        heartbeat.interval_ms = 60_000
    append(engine, database, told)
    before = everything(engine, database, (1,))
    engine.maintain(database, START_MS + 40 * DAY_MS, Retention(), never)
    after = everything(engine, database, (1,))
    assert after == {place: said for place, said in before.items() if place[1] != "raw"}
    assert not [size for size in stats(engine, database) if size.tier == "minute"]
    engine.maintain(database, START_MS + 100 * DAY_MS, Retention(), never)
    assert {tier for _, tier, *_ in everything(engine, database, (1,))} == {"hour", "day"}


def stats(engine: ChunksEngine, database: Database) -> list[Any]:
    with database.connect() as connection:
        return list(engine.stats(connection))


def test_ephemeral_series_are_kept_a_week_and_then_as_their_sum(database: Database) -> None:
    engine = ChunksEngine()
    told = [
        beat(1, START_MS + number * 10_000, number, interfaces=("eth0", "veth1", "veth2"))
        for number in range(720)
    ]
    append(engine, database, told)
    names = ["rx_bytes.increase", "rx_bytes.seconds"]
    for at_ms, keys in ((4 * DAY_MS, {"veth1", "veth2"}), (9 * DAY_MS, set())):
        engine.maintain(database, START_MS + at_ms, Retention(), never)
        with database.connect() as connection:
            for tier in (MINUTE, HOUR, DAY):
                selection = Selection((1,), NETWORK_INTERFACE, None, names, 0, 1 << 50, tier)
                found = {frame.key: frame for frame in engine.range(connection, selection)}
                assert set(found) == keys | {"eth0", "(ephemeral)"}
                own, both = found["eth0"].columns, found["(ephemeral)"].columns
                assert (both[names[0]].values == 2 * own[names[0]].values).all()
                assert (both[names[1]].values == own[names[1]].values).all()
            raw = Selection((1,), NETWORK_INTERFACE, None, ("rx_bytes",), 0, 1 << 50, RAW)
            assert {f.key for f in engine.range(connection, raw)} == keys | {"eth0"}


def test_a_field_that_is_not_declared_is_kept_and_named(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 1_440)
    append(engine, database, told[:720])
    engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    with database.connect(write=True) as connection:
        rename_field(connection, 1, 77)  # as a later version would have written it
    engine = ChunksEngine()
    append(engine, database, told[720:])
    report = engine.maintain(database, START_MS + DAY_MS - 1, Retention(), never)
    assert report.problems == [
        "host: sealed history holds a field 77 that this version does not know"
    ]
    with database.connect(write=True) as connection:
        rename_field(connection, 77, 101)
        rename_field(connection, 1, 102)
        rename_field(connection, 101, 1)
    said = everything(ChunksEngine(), database, (1,))["host", "raw", 1, ""][1]["cpu_percent"]
    values = [heartbeat.rows["host"][0].cpu_percent for heartbeat in told]
    assert said == values[:720] + [None] * 720


def rename_field(connection: Any, number: int, other: int) -> None:
    """Give a field of the host's chunks another number."""
    found = connection.exec_driver_sql(
        "SELECT chunks.id, payload FROM chunks JOIN series ON series.id = series_id "
        "WHERE family = 'host' AND tier = 0"
    ).all()
    for identifier, content in found:
        payload = Payload(content)
        writer = PayloadWriter(payload.rows, payload.extra)
        for column_id in payload.ids:
            column = payload.column(column_id)
            assert column is not None
            writer.add(
                column_id + (other - number) * 16 if column_id // 16 == number else column_id,
                column,
            )
        connection.exec_driver_sql(
            "UPDATE chunks SET payload = ? WHERE id = ?", (writer.payload(), identifier)
        )


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


def test_forgetting_a_server_leaves_the_others(database: Database) -> None:
    engine = ChunksEngine()
    for server in (1, 2):
        append(engine, database, run_of(server, START_MS, 720))
    engine.maintain(database, LATER_MS, Retention(), never)
    append(engine, database, run_of(1, LATER_MS, 10))
    other = everything(engine, database, (2,))
    assert not engine.forget(database, 1, lambda: True)
    assert engine.forget(database, 1, never)
    assert everything(engine, database, (1, 2)) == other
    assert {size.server_key for size in stats(engine, database)} == {2}


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


def test_records_shrink_once_there_is_a_dictionary(database: Database) -> None:
    engine = ChunksEngine()
    told = run_of(1, START_MS, 60)
    append(engine, database, told[:20])
    engine.maintain(database, START_MS, Retention(), never)
    append(engine, database, told[20:40])
    append(reopened := ChunksEngine(), database, told[40:])
    with database.connect() as connection:
        lengths = connection.exec_driver_sql("SELECT length(payload) FROM heartbeats ORDER BY id")
        sizes = np.array(lengths.scalars().all())
    assert sizes[20:].max() < sizes[:20].min() / 2
    frame = everything(reopened, database, (1,))["host", "raw", 1, ""]
    assert len(frame[0]) == 60


def test_dictionaries_do_not_gather_and_those_in_use_stay(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "_WORN_OUT", 0.0)  # no record is ever short enough
    told = run_of(1, START_MS, 121)
    for start in range(0, 120, 20):
        process = ChunksEngine()
        append(process, database, told[start : start + 20])
        process.maintain(database, START_MS, Retention(), never)
    assert dictionaries(database) == 6  # of which the log needs five, and the last is to be used
    ChunksEngine().maintain(database, LATER_MS, Retention(), never)
    process = ChunksEngine()
    append(process, database, told[120:])
    process.maintain(database, START_MS, Retention(), never)
    assert dictionaries(database) == 3
    assert len(everything(process, database, (1,))["host", "raw", 1, ""][0]) == 121


def dictionaries(database: Database) -> int:
    with database.connect() as connection:
        counted = connection.exec_driver_sql("SELECT count(*) FROM chunks WHERE tier = 9")
        return int(counted.scalar_one())
