"""Several processes on one database: duties that one has at a time, and that pass on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.contract import HostMetrics
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.locks import Duty, granted
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.history.rows.engine import RowsEngine
from homelab_cmd.servers.service import create_server
from sqlalchemy import text

from tests.backend.postgres import PostgresServer
from tests.backend.real_server import COMMAND, running

HOUR_MS = 3_600_000
HOURS = 48


def test_sqlite_is_served_by_one_process(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is served by one process"):  # noqa: SIM117 - the second must not start
        with running(tmp_path, "--workers", "2"):
            pass


def test_a_duty_passes_on_when_its_holder_dies(postgres: PostgresServer, migrated: str) -> None:
    url = postgres.url(postgres.create_database(migrated))
    one, two = Database(url), Database(url)
    with granted(one.engine, Duty.HOUSEKEEPING) as mine:
        assert mine
        with granted(two.engine, Duty.HOUSEKEEPING) as also_mine:
            assert not also_mine
        with two.connect(write=True) as connection:  # the holder's connection ends with it
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE"
                    " locktype = 'advisory' AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        with granted(two.engine, Duty.HOUSEKEEPING) as mine_now:
            assert mine_now
    one.dispose()
    two.dispose()


def test_housekeeping_is_taken_over_from_a_process_that_is_killed_at_it(
    tmp_path: Path, postgres: PostgresServer, migrated: str
) -> None:
    url = postgres.url(postgres.create_database(migrated))
    line = [*COMMAND, "maintain", "--json", "--data-dir", str(tmp_path), "--database-url", url]

    def maintain() -> dict[str, Any]:
        done = subprocess.run(line, check=True, capture_output=True, text=True)
        history: dict[str, Any] = json.loads(done.stdout)["history"]
        return history

    database = Database(url)
    with database.write() as session:
        key = create_server(session, "nas").id
    start_ms = now_ms() // HOUR_MS * HOUR_MS - (HOURS + 2) * HOUR_MS
    told = [
        Heartbeat(key, start_ms + n * HOUR_MS // 4, n, "b", None, {"host": [HostMetrics()]})
        for n in range(4 * HOURS)
    ]
    with database.connect(write=True) as connection:
        RowsEngine().append(connection, told)
    first = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    holder = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :duty")
    deadline = time.monotonic() + 60
    with database.engine.connect() as connection:
        while not connection.scalar(holder, {"duty": Duty.HOUSEKEEPING.value}):
            assert first.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
    os.kill(first.pid, signal.SIGSTOP)
    meanwhile = maintain()
    assert not meanwhile["complete"]
    assert meanwhile["rolled_up_hours"] == 0
    first.kill()
    first.wait()
    while not (history := maintain())["complete"]:
        assert time.monotonic() < deadline
    with database.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM rollup_marks WHERE claim >= 0"))
    assert history["rolled_up_hours"] > 0
    assert left == 0
    database.dispose()
