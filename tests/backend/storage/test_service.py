"""What history costs, by server, family and tier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.contract import HostMetrics
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.history.tiers import DAY_MS, Retention, floor_to
from homelab_cmd.servers.models import Server
from homelab_cmd.storage.service import measure
from sqlalchemy import update


def test_every_sample_is_counted_once(agent: TestClient, tmp_path: Path) -> None:
    start_ms = now_ms() - 100_000
    for number in range(10):
        heartbeat = {
            "server_id": "nas",
            "hostname": "nas",
            "timestamp": iso(start_ms + number * 10_000),
            "metrics": {"cpu_percent": 5.0},
        }
        assert agent.post("/api/v1/agents/heartbeat", json=heartbeat).status_code == 200
    state: Any = agent.app.state  # type: ignore[attr-defined]  # an ASGI app
    storage = measure(state.database, state.history, Retention(), tmp_path)
    assert storage.database_bytes > 0
    assert sum(part.samples for part in storage.parts) == 10
    assert all(part.size_bytes > 0 for part in storage.parts)
    assert storage.growth_per_day_bytes is None  # a day has not passed
    raw = next(tier for tier in storage.tiers if tier.tier == "raw")
    assert raw.kept_days == 30


@pytest.mark.usefixtures("agent")  # its making made the server
def test_history_that_came_with_its_past_costs_what_its_days_do(
    person: TestClient, tmp_path: Path
) -> None:
    state: Any = person.app.state  # type: ignore[attr-defined]  # an ASGI app
    days, end_ms = 10, floor_to(now_ms(), DAY_MS)
    times = range(end_ms - days * DAY_MS, end_ms, 600_000)
    beats = [
        Heartbeat(1, time_ms, None, None, 600_000, {"host": [HostMetrics(cpu_percent=5.0)]})
        for time_ms in times
    ]
    state.history.bulk_import(state.database, beats)
    state.history.maintain(state.database, end_ms + DAY_MS, Retention(), lambda: False)
    with state.database.connect(write=True) as connection:
        connection.execute(update(Server).values(last_seen_ms=end_ms))
    storage = measure(state.database, state.history, Retention(), tmp_path)
    raw = next(tier for tier in storage.tiers if tier.tier == "raw")
    assert raw.size_bytes > 0
    assert raw.per_day_bytes == pytest.approx(raw.size_bytes / days)
    assert raw.steady_bytes == pytest.approx(3 * raw.size_bytes)
