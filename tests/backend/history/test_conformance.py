"""What every engine has to do, against the oracle, on generated histories."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from homelab_agent.contract import Family
from homelab_cmd.db.database import Database
from homelab_cmd.history import rollup
from homelab_cmd.history.engines import ENGINES
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, HistoryEngine, Selection
from homelab_cmd.history.tiers import RAW, TIERS, Retention, Tier
from hypothesis import given
from hypothesis import strategies as st

from tests.backend.history.conftest import leave_to
from tests.backend.history.oracle import Oracle, all_series
from tests.backend.history.strategies import DAY_MS, START_MS, Step, heartbeats, many, same, steps

FAR_MS = START_MS + 400 * DAY_MS


def whole(server_key: int, family: Family, key: str, tier: Tier) -> Selection:
    fields = (
        [field.name for field in family.values]
        if tier is RAW
        else [column.name for column in rollup.columns(family)]
    )
    return Selection((server_key,), family, (key,), fields, 0, FAR_MS, tier)


def assert_equal_to(oracle: Oracle, engine: HistoryEngine, database: Database, server: int) -> None:
    with database.connect() as connection:
        for server_key, family, key in all_series(oracle, [server]):
            for tier in TIERS:
                frames = engine.range(connection, whole(server_key, family, key, tier))
                assert [(frame.server_key, frame.key) for frame in frames] == [(server_key, key)]
                table = {name: python_values(c) for name, c in frames[0].columns.items()}
                times = frames[0].time_ms.tolist()
                if tier is RAW:
                    expected = oracle.samples(server_key, family, key)
                    assert times == [sample["time"] for sample in expected]
                    rows = {name: [s[name] for s in expected] for name in table}
                else:
                    windows = oracle.windows(server_key, family, key, tier.step_ms)
                    assert times == sorted(windows)
                    rows = {name: [windows[t][name] for t in times] for name in table}
                for name, values in table.items():
                    assert all(map(same, values, rows[name])), (tier.name, name, values, rows[name])


@many
@given(story=steps(), seed=st.integers(0, 2**32), rounds=st.integers(0, 3))
def test_any_order_repeated_and_maintained_in_between_equals_the_oracle(
    story: list[Step],
    seed: int,
    rounds: int,
    engine: HistoryEngine,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    assert_equal_in_any_order(heartbeats(new_server(), story), seed, rounds, engine, database)


def assert_equal_in_any_order(
    told: list[Heartbeat], seed: int, rounds: int, engine: HistoryEngine, database: Database
) -> None:
    """Tell a server's heartbeats shuffled and repeated, with maintenance in between."""
    rng = random.Random(seed)  # noqa: S311 - a shuffle that shrinks to the ordered one
    oracle, server = Oracle(), told[0].server_key
    if seed:
        rng.shuffle(told)
    told += rng.sample(told, k=len(told) // 3)
    for part in range(rounds + 1):
        batch = told[part :: rounds + 1]
        with database.connect(write=True) as connection:
            assert engine.append(connection, batch) == oracle.append(batch)
        if part < rounds:
            now_ms = START_MS + rng.randrange(3 * DAY_MS)
            assert engine.maintain(database, now_ms, Retention(), lambda: False).problems == []
    assert_equal_to(oracle, engine, database, server)
    engine.maintain(database, START_MS + 20 * DAY_MS, Retention(), lambda: False)
    assert_equal_to(oracle, engine, database, server)


@many
@given(story=steps(), seed=st.integers(0, 2**32), rounds=st.integers(1, 3))
@pytest.mark.parametrize("name", list(ENGINES))
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_processes_that_take_turns_equal_the_oracle(
    story: list[Step],
    seed: int,
    rounds: int,
    name: str,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    leave_to(name, database)
    rng = random.Random(seed)  # noqa: S311 - a shuffle that shrinks to the ordered one
    oracle, server = Oracle(), new_server()
    engines = [ENGINES[name](), ENGINES[name]()]  # what each keeps in memory is its own
    told = heartbeats(server, story)
    if seed:
        rng.shuffle(told)
    told += rng.sample(told, k=len(told) // 3)
    for part in range(rounds + 1):
        batch = told[part :: rounds + 1]
        taking, other = rng.sample(engines, 2)
        with database.connect(write=True) as connection:
            assert taking.append(connection, batch) == oracle.append(batch)
        assert_equal_to(oracle, other, database, server)
        now_ms = START_MS + rng.randrange(3 * DAY_MS)
        assert taking.maintain(database, now_ms, Retention(), lambda: False).problems == []
    for engine in engines:
        assert_equal_to(oracle, engine, database, server)
