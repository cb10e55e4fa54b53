"""Several processes on one database, that append, import, seal and roll up the same servers."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Event

import pytest
from homelab_cmd.db.database import Database
from homelab_cmd.history.engines import ENGINES
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.history.tiers import DAY_MS, Retention
from sqlalchemy import event, text

from tests.backend.history.conftest import leave_to
from tests.backend.history.oracle import Oracle
from tests.backend.history.strategies import START_MS, Step
from tests.backend.history.strategies import heartbeats as tell
from tests.backend.history.test_conformance import assert_equal_to

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

CASES = int(os.environ.get("HOMELAB_TEST_CASES", "40"))
FAR_MS = START_MS + 20 * DAY_MS
SPAWN = multiprocessing.get_context("spawn")  # a fork would share the connections of the tests
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


def story(server_key: int, number: int = CASES) -> list[Heartbeat]:
    rng = random.Random(server_key)  # noqa: S311 - the same story in every process
    steps = [
        Step(
            pause_ms=rng.choice([600_000, 600_000, 3_700_000, 9_000_000]),
            reboot=rng.random() < 0.05,
            rx=rng.randrange(10**6),
            tx=rng.randrange(10**6),
            used=rng.randrange(10**9),
            cpu=rng.uniform(0, 100),
            state="ok",
            interfaces=rng.choice([1, 2, 2]),
            interval_ms=600_000,
            speed=None,
        )
        for _ in range(number)
    ]
    return tell(server_key, steps)


def import_some(url: str, name: str, servers: list[int], seed: int) -> None:
    """Import two thirds of everything, late and some of it again, in small portions."""
    rng = random.Random(seed)  # noqa: S311 - an order
    database, engine = Database(url), ENGINES[name]()
    told = [each for server in servers for each in story(server)]
    told = rng.sample(told, k=2 * len(told) // 3)
    for start in range(0, len(told), 10):
        engine.bulk_import(database, told[max(0, start - 5) : start + 10])
    database.dispose()


def keep_house(engine: HistoryEngine, database: Database, now_ms: int = FAR_MS) -> None:
    """Maintain, whoever else does: whether this process has the duty is not asked."""
    report = engine.maintain(database, now_ms, Retention(), lambda: False)
    assert report.problems == []


def keep_house_until(url: str, name: str, ended: Event) -> None:
    """Maintain again and again."""
    database, engine = Database(url), ENGINES[name]()
    rounds = 0
    while not ended.is_set():
        keep_house(engine, database, START_MS + (rounds % 6) * DAY_MS)
        rounds += 1
    assert rounds
    database.dispose()


@pytest.mark.parametrize("name", list(ENGINES))
def test_appending_importing_and_two_that_keep_house_equal_the_oracle(
    database: Database, new_server: Callable[[], int], name: str
) -> None:
    leave_to(name, database)
    url = database.url.render_as_string(hide_password=False)
    servers = [new_server() for _ in range(2)]
    told = [each for server in servers for each in story(server)]
    oracle, engine, ended = Oracle(), ENGINES[name](), SPAWN.Event()
    oracle.append(told)
    keepers = [SPAWN.Process(target=keep_house_until, args=(url, name, ended)) for _ in range(2)]
    importers = [SPAWN.Process(target=import_some, args=(url, name, servers, 1))]
    for process in keepers + importers:
        process.start()
    random.Random(3).shuffle(told)  # noqa: S311 - an order
    for start in range(0, len(told), 10):
        with database.connect(write=True) as connection:
            engine.append(connection, told[start : start + 10])
    for process in importers:
        process.join(60)
    ended.set()
    for process in keepers:
        process.join(60)
    assert [process.exitcode for process in keepers + importers] == [0] * 3
    keep_house(engine, database)
    for server in servers:
        assert_equal_to(oracle, ENGINES[name](), database, server)


@contextmanager
def meanwhile(
    database: Database, statement: int, act: Callable[[], None]
) -> Iterator[list[Future[None]]]:
    """Let `act` run when `database` begins its statement of that number.

    The statement waits until that is done, or waits itself for a lock. Gives what came of it.
    """
    begun: list[Future[None]] = []
    left = statement

    def interrupt(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            begun.append(others.submit(act))
            while not begun[0].done() and not is_anybody_waiting():
                time.sleep(0.002)

    def is_anybody_waiting() -> bool:
        return bool(watching.scalar(WAITING))

    onlooker = Database(database.url.render_as_string(hide_password=False))
    with (
        ThreadPoolExecutor(1) as others,
        onlooker.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching,
    ):
        event.listen(database.engine, "before_cursor_execute", interrupt)
        try:
            yield begun
        finally:
            event.remove(database.engine, "before_cursor_execute", interrupt)
    onlooker.dispose()


@pytest.mark.parametrize("name", list(ENGINES))
def test_another_process_between_any_two_statements_equals_the_oracle(
    database: Database, new_server: Callable[[], int], name: str
) -> None:
    leave_to(name, database)
    other_database = Database(database.url.render_as_string(hide_password=False))
    statements = count_statements(name, database, new_server())
    for statement in range(0, statements, max(1, statements * 5 // CASES)):
        server, oracle = new_server(), Oracle()
        told = story(server, 12)
        oracle.append(told)
        one, other = ENGINES[name](), ENGINES[name]()

        def act(other: HistoryEngine = other, told: Sequence[Heartbeat] = told) -> None:
            with other_database.connect(write=True) as connection:
                other.append(connection, told[3::4])
            other.bulk_import(other_database, told[5::4])
            keep_house(other, other_database)

        with database.connect(write=True) as connection:
            one.append(connection, told[::2])
        with meanwhile(database, statement, act) as begun:
            keep_house(one, database)
        for each in begun:
            each.result()
        with database.connect(write=True) as connection:
            one.append(connection, told)
        assert_equal_to(oracle, one, database, server)
        keep_house(one, database)
        assert_equal_to(oracle, other, database, server)
    other_database.dispose()


def count_statements(name: str, database: Database, server_key: int) -> int:
    """How many statements a round of maintenance takes for one of these stories."""
    engine, begun = ENGINES[name](), 0

    def count(*_: object) -> None:
        nonlocal begun
        begun += 1

    with database.connect(write=True) as connection:
        engine.append(connection, story(server_key, 12))
    event.listen(database.engine, "before_cursor_execute", count)
    keep_house(engine, database)
    event.remove(database.engine, "before_cursor_execute", count)
    return begun
