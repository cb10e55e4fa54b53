"""A long time on TimescaleDB: what is kept for ever stays what it was.

The suite plays some weeks; `HOMELAB_TEST_CASES=1000` plays a year.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

from homelab_agent.contract import (
    FILESYSTEM,
    HOST,
    NETWORK_INTERFACE,
    Family,
    Filesystem,
    HostMetrics,
    NetworkInterface,
)
from homelab_cmd.db.database import Database
from homelab_cmd.db.timescale import find_extension
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, Outcome
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, HOUR_MS, MINUTE, RAW, Retention
from homelab_cmd.servers.models import Server
from sqlalchemy import delete, func, select, text

from tests.backend.history.oracle import Oracle
from tests.backend.history.rows.test_columnstore import pack_everything
from tests.backend.history.strategies import same
from tests.backend.history.test_conformance import whole

DAYS = 365 if int(os.environ.get("HOMELAB_TEST_CASES", "40")) >= 1_000 else 9
RAW_DAYS = 3
DAYS_PER_ROUND = 3
FIRST_MS = 20_000 * DAY_MS
END_MS = FIRST_MS + -(-DAYS // DAYS_PER_ROUND) * DAYS_PER_ROUND * DAY_MS
KEPT = Retention(
    {
        RAW.name: RAW_DAYS * DAY_MS,
        MINUTE.name: 2 * RAW_DAYS * DAY_MS,
        HOUR.name: None,
        DAY.name: None,
    }
)
SERIES: tuple[tuple[Family, str], ...] = (
    (HOST, ""),
    (FILESYSTEM, "/"),
    (NETWORK_INTERFACE, "eth0"),
)


def beat(server_key: int, time_ms: int, rng: random.Random) -> Heartbeat:
    """A report at a time, of counters that only rise but for a reboot now and then."""
    since_ms = time_ms - FIRST_MS
    boot = since_ms // (40 * DAY_MS)
    counted = since_ms % (40 * DAY_MS) * 1_000
    rows: dict[str, list[Any]] = {
        "host": [HostMetrics(cpu_percent=rng.randrange(400) / 4, context_switches=counted)],
        "filesystem": [
            Filesystem("/", "/dev/sda1", "ext4", 2**40, since_ms, 2**40 - since_ms, 25.0)
        ],
        "network_interface": [NetworkInterface("eth0", counted * 3, counted, 0, 0, is_up=True)],
    }
    return Heartbeat(server_key, time_ms, since_ms, f"boot-{boot}", 10_000, rows)


def days_of(
    engine: RowsEngine, database: Database, server_key: int
) -> dict[tuple[str, int], dict[str, Any]]:
    """Every day that there is of the server's series, by family and start."""
    found = {}
    with database.connect() as connection:
        for family, key in SERIES:
            for frame in engine.range(connection, whole(server_key, family, key, DAY)):
                table = {name: python_values(column) for name, column in frame.columns.items()}
                for place, time_ms in enumerate(frame.time_ms.tolist()):
                    day = {name: values[place] for name, values in table.items()}
                    found[family.name, time_ms] = day
    return found


def assert_days(oracle: Oracle, found: dict[tuple[str, int], Any], server_key: int) -> None:
    expected = {
        (family.name, start): window
        for family, key in SERIES
        for start, window in oracle.windows(server_key, family, key, DAY_MS).items()
    }
    assert found.keys() == expected.keys()
    for place, day in found.items():
        assert all(same(day[name], expected[place][name]) for name in day), place


def test_days_stay_while_samples_go_and_late_ones_come(
    engine: RowsEngine, database: Database, new_server: Callable[[], int]
) -> None:
    with database.connect(write=True) as connection:
        connection.execute(text("TRUNCATE servers, heartbeats, history_floors CASCADE"))
        extension = find_extension(connection)
    rng = random.Random(7)  # noqa: S311 - the same year each time
    oracle, kept, other = Oracle(), new_server(), new_server()
    late: list[Heartbeat] = []
    for first in range(0, DAYS, DAYS_PER_ROUND):
        start_ms = FIRST_MS + first * DAY_MS
        beats = [
            beat(server_key, start_ms + hour * HOUR_MS + rng.randrange(HOUR_MS), rng)
            for hour in range(0, DAYS_PER_ROUND * 24, 4)
            for server_key in (kept, other)
        ]
        arrived = [each for each in beats if rng.random() > 0.1] + late
        late = [each for each in beats if each not in arrived]
        with database.connect(write=True) as connection:
            assert engine.append(connection, arrived) == oracle.append(arrived)
        if extension is not None and extension.has_columnstore:
            pack_everything(database)
        now_ms = start_ms + DAYS_PER_ROUND * DAY_MS
        assert engine.maintain(database, now_ms, KEPT, lambda: False).complete
    before = days_of(engine, database, kept)
    assert_days(oracle, before, kept)
    with database.connect() as connection:
        oldest_ms = connection.scalar(text("SELECT min(timestamp_ms) FROM metrics"))
        assert oldest_ms >= FIRST_MS + (DAYS - RAW_DAYS) * DAY_MS

    gone = beat(kept, FIRST_MS + DAY_MS + 1, rng)  # of a day whose samples are pruned long since
    assert engine.bulk_import(database, [gone]) == 1
    engine.maintain(database, END_MS, KEPT, lambda: False)
    assert days_of(engine, database, kept) == before

    assert engine.forget(database, other, lambda: False)
    with database.write() as session:
        name = session.scalar(select(Server.server_id).where(Server.id == other))
        session.execute(delete(Server).where(Server.id == other))
        session.add(Server(id=other + 1, server_id=name, created_at_ms=0, updated_at_ms=0))
    anew = [beat(other + 1, END_MS - hour * HOUR_MS, rng) for hour in range(30, 20, -1)]
    with database.connect(write=True) as connection:
        assert engine.append(connection, anew) == [Outcome.STORED] * len(anew)
    engine.maintain(database, END_MS + DAY_MS, KEPT, lambda: False)
    fresh = Oracle()
    fresh.append(anew)
    assert_days(fresh, days_of(engine, database, other + 1), other + 1)
    assert days_of(engine, database, other) == {}
    assert days_of(engine, database, kept) == before
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Server)) == 2
