"""How long things are kept: roll-ups before pruning, ephemeral series, dictionaries, servers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from homelab_agent.contract import NETWORK_INTERFACE
from homelab_cmd.db.database import Database
from homelab_cmd.history.chunks import logbook
from homelab_cmd.history.chunks.engine import ChunksEngine
from homelab_cmd.history.interface import Selection
from homelab_cmd.history.tiers import DAY, HOUR, MINUTE, RAW, Retention

from tests.backend.history.chunks.cases import LATER_MS, append, everything
from tests.backend.history.chunks.conftest import (
    DAY_MS,
    START_MS,
    beat,
    never,
    run_of,
)


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
