"""Maintenance that ends at any of its transactions: nothing is lost, and the next round goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from homelab_agent.contract import HOST, HostMetrics, NetworkInterface
from homelab_cmd.db.database import Database
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.history.planner import Question, answer
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, HOUR_MS, MINUTE, RAW, Retention
from sqlalchemy import Connection

SHORT = Retention({RAW.name: DAY_MS, MINUTE.name: 2 * DAY_MS, HOUR.name: None, DAY.name: None})
START_MS = 20_000 * DAY_MS
DAYS = 4
NOW_MS = START_MS + DAYS * DAY_MS + HOUR_MS


class Crash(Exception):
    """The process ends here."""


class DyingDatabase:
    """A database whose process ends in, or right after, one of its write transactions."""

    def __init__(self, database: Database, survived: int, *, committed: bool) -> None:
        self._database = database
        self._left = survived
        self._committed = committed

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[Connection]:
        ends = write and self._left == 0
        self._left -= write
        if not ends:
            with self._database.connect(write=write) as connection:
                yield connection
            return
        with self._database.connect(write=True) as connection:
            yield connection
            if not self._committed:
                raise Crash
        raise Crash


def day_and_night(server_key: int) -> list[Heartbeat]:
    """A host on from 9 to 17 h that reports every 20 minutes and misses one report in ten."""
    told = []
    for index in range(DAYS * 72):
        hour, missed = index % 72 // 3, index % 10 == 7
        if 9 <= hour < 17 and not missed:
            rows: dict[str, list[Any]] = {
                "host": [HostMetrics(cpu_percent=float(index % 7))],
                "network_interface": [NetworkInterface("eth0", index * 1_000, 0, 0, 0, is_up=True)],
            }
            time_ms = START_MS + index * 1_200_000
            told.append(Heartbeat(server_key, time_ms, index, "b", 1_200_000, rows))
    return told


def hourly_sums(engine: HistoryEngine, database: Database, server_key: int) -> list[object]:
    """What all tiers together say of the whole time, by the hour."""
    question = Question(
        (server_key,), HOST, None, (HOST.field("cpu_percent"),), START_MS, NOW_MS, DAYS * 24 + 2
    )
    with database.connect() as connection:
        found = answer(engine, connection, question)
    assert found.plan.step_ms == HOUR_MS
    (series,) = found.series
    columns = series.frame.columns
    return [
        *zip(
            series.time_ms.tolist(),
            python_values(columns["cpu_percent.sum"]),
            python_values(columns["cpu_percent.count"]),
            strict=True,
        )
    ]


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after it"])
def test_a_crash_at_any_transaction_changes_no_answer(
    engine: HistoryEngine, database: Database, new_server: Callable[[], int], committed: bool
) -> None:
    server_key = new_server()
    told = day_and_night(server_key)
    with database.connect(write=True) as connection:
        engine.append(connection, told)
    whole = hourly_sums(engine, database, server_key)
    assert sum(row[2] for row in whole) == len(told)  # type: ignore[index]  # a row of three
    crashes = 0
    for survived in (*range(12), *range(12, 400, 13)):
        dying = DyingDatabase(database, survived, committed=committed)
        try:
            done = engine.maintain(dying, NOW_MS, SHORT, lambda: False)
        except Crash:
            crashes += 1
            engine = type(engine)()  # a new process knows what is on disk alone
        else:
            if done.complete:
                break
        assert hourly_sums(engine, database, server_key) == whole
    assert crashes > 3
    while not engine.maintain(database, NOW_MS, SHORT, lambda: False).complete:
        pass
    assert hourly_sums(engine, database, server_key) == whole


@pytest.mark.parametrize("days", [30, 365])
def test_hosts_that_sleep_or_miss_reports_show_all_of_their_uptime(
    engine: HistoryEngine, database: Database, new_server: Callable[[], int], days: int
) -> None:
    """On from 9 to 17 h, off at night, missing one report in ten: in the chart of a year too."""
    server_key = new_server()
    told = day_and_night(server_key)
    with database.connect(write=True) as connection:
        engine.append(connection, told)
    engine.maintain(database, NOW_MS, Retention(), lambda: False)
    on = {heartbeat.time_ms // HOUR_MS for heartbeat in told}
    question = Question(
        (server_key,),
        HOST,
        None,
        (HOST.field("cpu_percent"),),
        NOW_MS - days * DAY_MS,
        NOW_MS,
        days * 24 if days < 200 else 800,
    )
    with database.connect() as connection:
        found = answer(engine, connection, question)
    (series,) = found.series
    shown = series.time_ms[series.level(HOST.field("cpu_percent"), "avg").mask()]
    assert set((shown // found.plan.step_ms).tolist()) == {
        hour * HOUR_MS // found.plan.step_ms for hour in on
    }
    counts = series.frame.columns["cpu_percent.count"].values
    assert int(np.sum(counts)) == len(told)
