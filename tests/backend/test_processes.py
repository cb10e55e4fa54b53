"""Several server processes on one PostgreSQL: one dies, the database goes away."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.locks import Duty, granted
from homelab_cmd.history.log import heartbeat_id
from sqlalchemy import text

from tests.backend.postgres import PostgresServer
from tests.backend.real_server import RealServer, running

WORKERS = 3
AGENTS = 4
HEARTBEATS = int(os.environ.get("HOMELAB_TEST_CASES", "40"))


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that the test may stop."""
    server = PostgresServer({"synchronous_commit": "on"})
    yield server
    server.close()


@contextmanager
def serving(folder: Path, url: str) -> Iterator[RealServer]:
    with running(folder, "--database-url", url, "--workers", str(WORKERS)) as server:
        yield server


def token_of(server: RealServer, url: str, server_id: str) -> str:
    return server.command("agent", "add", server_id, "--database-url", url)


def body(server_id: str, time_ms: int, sequence: int) -> dict[str, object]:
    return {
        "server_id": server_id,
        "hostname": server_id,
        "timestamp": iso(time_ms),
        "sequence": sequence,
        "metrics": {"cpu_percent": 12.5},
        "network_interfaces": [
            {
                "name": "eth0",
                "rx_bytes": sequence,
                "tx_bytes": 1,
                "rx_packets": 1,
                "tx_packets": 1,
                "is_up": True,
            }
        ],
    }


def send(url: str, token: str, document: dict[str, object]) -> int:
    """A heartbeat on a connection of its own, so that any of the processes may get it."""
    try:
        answer = httpx.post(
            f"{url}/api/v1/agents/heartbeat",
            json=document,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            verify=False,  # noqa: S501 - it is no HTTPS, and to load all authorities takes long
        )
    except httpx.TransportError:
        return 0
    assert answer.status_code != 503 or answer.headers["Retry-After"]
    return answer.status_code


def acknowledged(url: str, token: str, server_id: str, start_ms: int) -> list[int]:
    """Send heartbeats as an agent does, each until it is acknowledged; their times."""
    times = []
    for sequence in range(HEARTBEATS):
        time_ms = start_ms + sequence * 10
        while send(url, token, body(server_id, time_ms, sequence)) != 200:
            time.sleep(0.05)
        times.append(time_ms)
    return times


def processes(pid: int) -> list[int]:
    """The children of a process."""
    return [
        int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    ]


def test_nothing_is_lost_or_doubled_when_one_of_three_is_killed(
    tmp_path: Path, postgres: PostgresServer, migrated: str
) -> None:
    url = postgres.url(postgres.create_database(migrated))
    with serving(tmp_path, url) as server:
        names = [f"host{number}" for number in range(AGENTS)]
        tokens = [token_of(server, url, name) for name in names]
        start_ms = now_ms() - 60_000
        with ThreadPoolExecutor(AGENTS) as agents:
            work = [
                agents.submit(acknowledged, server.url, token, name, start_ms)
                for name, token in zip(names, tokens, strict=True)
            ]
            before = processes(server.pid)
            assert len(before) == WORKERS
            time.sleep(0.5)
            os.kill(before[0], signal.SIGKILL)
            times = [each.result() for each in work]
        while len(after := processes(server.pid)) < WORKERS:
            time.sleep(0.05)
        assert set(before) - set(after) == {before[0]}
    database = Database(url)
    with database.connect() as connection:
        servers = connection.execute(text("SELECT server_id, id FROM servers"))
        keys = {name: key for name, key in servers}  # noqa: C416 - a row is no pair to mypy
        held = set(connection.execute(text("SELECT id FROM heartbeats")).scalars())
        rows = connection.execute(text("SELECT count(*) FROM network_interface_metrics")).scalar()
    database.dispose()
    expected = {
        heartbeat_id(time_ms, keys[name])
        for name, told in zip(names, times, strict=True)
        for time_ms in told
    }
    assert held == expected
    assert rows == len(expected)


def test_an_outage_of_the_database_is_503_and_then_over(
    tmp_path: Path, own_postgres: PostgresServer
) -> None:
    url = own_postgres.url(own_postgres.create_database())
    with serving(tmp_path, url) as server:
        token = token_of(server, url, "nas")
        start_ms = now_ms() - 60_000
        assert send(server.url, token, body("nas", start_ms, 0)) == 200
        own_postgres.stop()
        assert send(server.url, token, body("nas", start_ms + 1, 1)) == 503
        health = httpx.get(f"{server.url}/api/v1/system/health", timeout=30)
        assert health.status_code == 503
        own_postgres.start()
        deadline = time.monotonic() + 60
        for sequence in (1, 2, 3, 4):  # each of the processes finds its way back
            while send(server.url, token, body("nas", start_ms + sequence, sequence)) != 200:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    database = Database(url)
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM heartbeats")).scalar() == 5
    database.dispose()


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
