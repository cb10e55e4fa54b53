"""Which agents and servers go together: a recorded heartbeat of each released agent is taken.

docs/agent.md promises it. A file here is never changed; a release adds one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.clock import iso, now_ms

from tests.backend.conftest import *  # noqa: F403 - the same server, the same clients

RECORDED = sorted((Path(__file__).parents[1] / "fixtures" / "heartbeats").glob("agent-*.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_an_older_agent_is_understood_without_loss(
    file: Path, agent: TestClient, person: TestClient
) -> None:
    heartbeat = json.loads(file.read_text()) | {"timestamp": iso(now_ms())}
    answer = agent.post("/api/v1/agents/heartbeat", json=heartbeat)
    assert answer.status_code == 200, answer.text
    assert answer.json()["rejected"] == []
    shown = person.get("/api/v1/servers/nas").json()
    for payload in ("filesystems", "network_interfaces", "disks", "temperatures"):
        assert len(shown[payload]) == len(heartbeat[payload])


def test_a_newer_agent_may_say_more(agent: TestClient) -> None:
    heartbeat = json.loads(RECORDED[-1].read_text()) | {
        "timestamp": iso(now_ms()),
        "agent_version": "9.0.0",
        "wishes": ["a family that this server does not know"],
    }
    heartbeat["filesystems"][0]["colour"] = "green"
    answer = agent.post("/api/v1/agents/heartbeat", json=heartbeat)
    assert answer.status_code == 200
    assert answer.json()["rejected"] == []
