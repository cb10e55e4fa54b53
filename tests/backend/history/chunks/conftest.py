"""A database of each test's own, and histories that are small and known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.contract import Filesystem, HostMetrics, NetworkInterface
from homelab_cmd.db.database import Database
from homelab_cmd.db.metadata import metadata
from homelab_cmd.history.interface import Heartbeat

DAY_MS = 86_400_000
START_MS = 20_500 * DAY_MS
INTERVAL_MS = 10_000


def make_database(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    with database.engine.begin() as connection:
        metadata.create_all(connection)
    return database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = make_database(tmp_path / "history.sqlite3")
    yield database
    database.dispose()


def beat(
    server: int, time_ms: int, sequence: int, *, interfaces: tuple[str, ...] = ("eth0",)
) -> Heartbeat:
    rows: dict[str, list[Any]] = {
        "host": [HostMetrics(cpu_percent=sequence % 977 / 10, context_switches=sequence * 31)],
        "filesystem": [
            Filesystem("/", "/dev/sda1", "ext4", 10**12, 4096 * (sequence % 7), 10**9, 1.5)
        ],
        "network_interface": [
            NetworkInterface(
                name, sequence * 1_000, sequence * 70, sequence * 3, sequence, is_up=True
            )
            for name in interfaces
        ],
    }
    return Heartbeat(server, time_ms, sequence, "boot", INTERVAL_MS, rows)


def run_of(server: int, start_ms: int, number: int, step_ms: int = INTERVAL_MS) -> list[Heartbeat]:
    """Heartbeats of a server that follow each other; sequences tell their times."""
    return [
        beat(server, time_ms, (time_ms - START_MS) // INTERVAL_MS + 10**6)
        for time_ms in range(start_ms, start_ms + number * step_ms, step_ms)
    ]


def never() -> bool:
    return False


Append = Callable[[list[Heartbeat]], None]
