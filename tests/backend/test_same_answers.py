"""The same heartbeats and the same questions: SQLite and PostgreSQL give the same JSON.

Each with the engine that is its default, so chunks are compared with rows as well. Times are said,
never "now"; what an answer says of its own moment is left out.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS, MINUTE_MS, Retention
from homelab_cmd.settings import Settings

from tests.backend.conftest import agent_client
from tests.backend.postgres import PostgresServer

REQUESTS = 5 * int(os.environ.get("HOMELAB_TEST_CASES", "40"))
"""200; the full form is 2,000 with 400 cases."""
OF_ITS_MOMENT = frozenset({"created_at", "updated_at", "server_time", "status", "health"})
MOUNTS = ("/", "/srv/media", "/mnt/über")
INTERFACES = ("eth0", "wlan0")


@pytest.fixture
def both(
    tmp_path: Path, postgres: PostgresServer, migrated: str
) -> Iterator[tuple[TestClient, TestClient]]:
    """The application on each database."""
    urls = ["", postgres.url(postgres.create_database(migrated))]
    with ExitStack() as stack:
        clients = []
        for number, url in enumerate(urls):
            app = create_app(Settings(data_dir=tmp_path / str(number), database_url=url))
            (tmp_path / str(number)).mkdir()
            app.dependency_overrides[require_reader] = lambda: None
            clients.append(stack.enter_context(TestClient(app, base_url="http://127.0.0.1")))
        yield clients[0], clients[1]


def heartbeats(rng: random.Random, server_id: str, end_ms: int) -> list[dict[str, Any]]:
    """Two days of a host that is away at times, reboots, and loses a disk."""
    time_ms, rx, boot = end_ms - 2 * DAY_MS, 2**32 - 10**7, 0
    told: list[dict[str, Any]] = []
    while True:
        time_ms += rng.choice([60_000] * 40 + [61_003, 600_000, 4 * HOUR_MS])
        if time_ms > end_ms:
            return told
        reboots = rng.random() < 0.005
        boot += reboots
        rx = rng.randrange(10**6) if reboots else rx + rng.randrange(10**7)
        state = rng.choice(["ok"] * 20 + ["stale"])
        told.append(
            {
                "server_id": server_id,
                "hostname": server_id,
                "timestamp": iso(time_ms),
                "interval_seconds": 60,
                "boot_id": f"boot-{boot}",
                "sequence": len(told),
                "metrics": {
                    "cpu_percent": round(rng.uniform(0, 100), 2),
                    "memory_percent": rng.uniform(0, 100),
                    "memory_used_bytes": rng.randrange(2**34),
                    "load_1m": rng.random(),
                },
                "filesystems": [filesystem(rng, mount, state) for mount in MOUNTS],
                "network_interfaces": [interface(name, rx) for name in INTERFACES],
            }
        )


def filesystem(rng: random.Random, mount_point: str, state: str) -> dict[str, Any]:
    used = rng.randrange(2**40)
    return {
        "mount_point": mount_point,
        "device": "/dev/sda1",
        "fs_type": "ext4",
        "total_bytes": 2**40,
        "used_bytes": used,
        "available_bytes": 2**40 - used,
        "percent": used / 2**40 * 100,
        "state": state,
    }


def interface(name: str, rx: int) -> dict[str, Any]:
    return {
        "name": name,
        "rx_bytes": rx,
        "tx_bytes": rx // 3,
        "rx_packets": rx // 900,
        "tx_packets": rx // 2_000,
        "is_up": rx % 17 != 0,
    }


def tell(client: TestClient, told: dict[str, list[dict[str, Any]]]) -> None:
    """Send them all, and keep house between the two halves."""
    app = client.app
    assert isinstance(app, FastAPI)
    agents = {name: agent_client(app, name) for name in told}
    for half in (slice(None, None, 2), slice(1, None, 2)):
        for name, beats in told.items():
            for start in range(0, len(beats[half]), 500):
                part = {"heartbeats": beats[half][start : start + 500]}
                answer = agents[name].post("/api/v1/agents/heartbeats", json=part)
                assert {item["status"] for item in answer.json()["results"]} == {"ok"}, answer.text
        app.state.history.maintain(app.state.database, now_ms(), Retention(), lambda: False)


def question(rng: random.Random, names: list[str], end_ms: int) -> tuple[str, dict[str, Any]]:
    """A path and its parameters."""
    server = rng.choice(names)
    span_ms = rng.choice([10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 2 * DAY_MS])
    start_ms = end_ms - rng.randrange(2 * DAY_MS)
    times: dict[str, Any] = {"from": iso(start_ms), "to": iso(min(start_ms + span_ms, end_ms))}
    points = {"points": rng.choice([10, 50, 144, 800])}
    mount, name = rng.choice(MOUNTS), rng.choice(INTERFACES)
    sparkline = f"/api/v1/metrics/sparkline/{server}"
    return rng.choice(
        [
            (f"{sparkline}/host", times | points),
            (f"{sparkline}/filesystem", {"mount_point": mount} | times | points),
            (f"{sparkline}/network_interface", {"name": name} | times | points),
            (f"{sparkline}/network", times | points),
            ("/api/metrics/cpu_percent", {"host": server} | times | points),
            ("/api/metrics", {}),
            (f"/api/v1/servers/{server}/metrics", times),
            (f"/api/v1/servers/{server}/at", {"time": times["from"]}),
            (f"/api/v1/servers/{server}/compare", times),
            (f"/api/v1/servers/{server}/events", times),
            (f"/api/v1/servers/{server}", {}),
        ]
    )


def assert_same(one: Any, other: Any, path: str) -> None:
    """Equal, floats within 1e-9."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys(), path
        for name in one.keys() - OF_ITS_MOMENT:
            assert_same(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), path
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{path}[{place}]")
    elif isinstance(one, float) and isinstance(other, float | int):
        assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9), (path, one, other)
    else:
        assert one == other, path


def test_sqlite_and_postgresql_give_the_same_answers(both: tuple[TestClient, TestClient]) -> None:
    rng = random.Random(20_261_121)  # noqa: S311 - the same every time
    end_ms = now_ms() // MINUTE_MS * MINUTE_MS
    told = {name: heartbeats(rng, name, end_ms) for name in ("nas", "router")}
    for client in both:
        tell(client, told)
    fine = 0
    for _ in range(REQUESTS):
        path, parameters = question(rng, list(told), end_ms)
        first, second = (client.get(path, params=parameters) for client in both)
        assert first.status_code == second.status_code, (path, parameters, second.text)
        assert_same(first.json(), second.json(), f"{path} {parameters}")
        fine += first.is_success
    assert fine > REQUESTS * 0.8
