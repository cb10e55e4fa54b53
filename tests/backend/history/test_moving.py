"""Merged and renamed histories equal the ones that were told so from the beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from homelab_agent.contract import NETWORK_INTERFACE
from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import Heartbeat, HistoryEngine, Series
from homelab_cmd.history.tiers import Retention
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend.history.oracle import Oracle
from tests.backend.history.strategies import DAY_MS, START_MS, Step, heartbeats, many, steps
from tests.backend.history.test_conformance import assert_equal_to

few = settings(many, max_examples=max(5, many.max_examples // 8))


def never() -> bool:
    return False


def stopping_after(number: int) -> Callable[[], bool]:
    """A stop that comes true once it was asked so often."""
    asked = count()
    return lambda: next(asked) >= number


def until_done(step: Callable[[Callable[[], bool]], bool]) -> None:
    """As after one kill after the other: each attempt comes a little further."""
    for number in count(1):
        if step(stopping_after(number)):
            return


@few
@given(
    old_story=steps(12),
    story=steps(12),
    offset_ms=st.sampled_from([-3 * DAY_MS, -7_000, 0, 20_000, 2 * DAY_MS]),
    maintained=st.booleans(),
)
def test_a_merged_server_equals_one_that_had_it_all(
    old_story: list[Step],
    story: list[Step],
    offset_ms: int,
    maintained: bool,
    engine: HistoryEngine,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    old, into = new_server(), new_server()
    its_own = heartbeats(into, story)
    given_up = heartbeats(old, old_story, START_MS + offset_ms)
    now_ms = START_MS + 20 * DAY_MS
    for batch in (its_own[::2], given_up, its_own[1::2]):
        with database.connect(write=True) as connection:
            engine.append(connection, batch)
        if maintained:
            engine.maintain(database, now_ms, Retention(), never)
    until_done(lambda stop: engine.merge(database, old, into, stop))
    assert engine.forget(database, old, never)
    oracle = Oracle()
    oracle.append(its_own)
    oracle.append([replace(heartbeat, server_key=into) for heartbeat in given_up])
    assert_equal_to(oracle, engine, database, into)
    engine.maintain(database, now_ms, Retention(), never)
    assert_equal_to(oracle, engine, database, into)


@few
@given(story=steps(20), named=st.lists(st.sampled_from(["old", "new", "both"]), min_size=20))
def test_a_renamed_series_equals_one_that_was_called_so(
    story: list[Step],
    named: list[str],
    engine: HistoryEngine,
    database: Database,
    new_server: Callable[[], int],
) -> None:
    server_key = new_server()
    told = heartbeats(server_key, [replace(step, interfaces=1) for step in story])
    with database.connect(write=True) as connection:
        engine.append(connection, list(called(told, named)))
    now_ms = START_MS + 20 * DAY_MS
    engine.maintain(database, now_ms, Retention(), never)
    which = Series(server_key, NETWORK_INTERFACE, "old0")
    until_done(lambda stop: engine.rename(database, which, "new0", stop))
    oracle = Oracle()
    oracle.append(list(called(told, named, renamed=True)))
    assert_equal_to(oracle, engine, database, server_key)
    engine.maintain(database, now_ms, Retention(), never)
    assert_equal_to(oracle, engine, database, server_key)
    with database.connect() as connection:
        keys = engine.keys(connection, server_key, NETWORK_INTERFACE, 0, 1 << 50)
    assert keys == ["new0"]


def called(
    told: list[Heartbeat], named: list[str], *, renamed: bool = False
) -> Iterator[Heartbeat]:
    """The heartbeats with their interface under the old name, the new one, or one under each.

    renamed: all under the new one; where there were both, what was called so
    """
    for heartbeat, name in zip(told, named, strict=False):
        (row,) = heartbeat.rows["network_interface"]
        old, new = replace(row, name="old0", rx_bytes=row.rx_bytes + 7), replace(row, name="new0")
        if renamed:
            rows = [replace(old, name="new0") if name == "old" else new]
        else:
            rows = {"old": [old], "new": [new], "both": [old, new]}[name]
        yield replace(heartbeat, rows={**heartbeat.rows, "network_interface": rows})
