"""What history costs, by server, family and tier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.tiers import Retention
from homelab_cmd.storage.service import measure


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
    storage = measure(state.database, state.history.stats, Retention(), tmp_path)
    assert storage.database_bytes > 0
    assert sum(part.samples for part in storage.parts) == 10
    assert all(part.size_bytes > 0 for part in storage.parts)
    assert storage.growth_per_day_bytes is None  # a day has not passed
    raw = next(tier for tier in storage.tiers if tier.tier == "raw")
    assert raw.kept_days == 30
