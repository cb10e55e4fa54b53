"""Hide rules through the API: tried, made, seen at work, deleted."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.clock import iso, now_ms

from tests.backend.conftest import agent_client
from tests.backend.servers.test_endpoints import filesystem, interfaces

RULES = "/api/v1/settings/hide-rules"


def report(agent: TestClient, server_id: str, time_ms: int | None = None, **families: Any) -> None:
    heartbeat = {
        "server_id": server_id,
        "hostname": server_id,
        "timestamp": iso(now_ms() if time_ms is None else time_ms),
        "interval_seconds": 10,
        **families,
    }
    answer = agent.post("/api/v1/agents/heartbeat", json=heartbeat)
    assert answer.status_code == 200, answer.text
    assert answer.json()["rejected"] == []


def two_servers(app: FastAPI, agent: TestClient) -> None:
    mounts = [filesystem("/", 40), filesystem("/snap/core", 100), filesystem("/snap/x", 100)]
    report(agent, "nas", filesystems=mounts)
    report(agent_client(app, "pi"), "pi", filesystems=[mounts[0], mounts[1]])


def hide(person: TestClient, pattern: str, **more: Any) -> dict[str, Any]:
    body = {"family": "filesystem", "pattern": pattern, **more}
    answer = person.post(RULES, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def mounts_of(server: dict[str, Any]) -> list[str]:
    return [row["mount_point"] for row in server["filesystems"]]


def test_a_preview_says_what_a_rule_would_hide(
    app: FastAPI, agent: TestClient, person: TestClient
) -> None:
    two_servers(app, agent)
    hide(person, "/snap/x")
    query = {"family": "filesystem", "pattern": "/snap/*"}
    assert person.get(f"{RULES}/preview", params=query).json() == {
        "matched": 3,
        "total": 5,
        "series": [
            {"server_id": "nas", "key": "/snap/core", "hidden_already": False},
            {"server_id": "nas", "key": "/snap/x", "hidden_already": True},
            {"server_id": "pi", "key": "/snap/core", "hidden_already": False},
        ],
    }
    on_one = person.get(f"{RULES}/preview", params=query | {"server": "pi"}).json()
    assert (on_one["matched"], on_one["total"]) == (1, 2)
    assert person.get(f"{RULES}/preview", params=query | {"server": "ghost"}).status_code == 404


def test_what_is_hidden_leaves_lists_and_health_and_comes_back(
    app: FastAPI, agent: TestClient, person: TestClient
) -> None:
    two_servers(app, agent)
    assert person.get("/api/v1/servers/nas").json()["health"] == "critical"
    made = hide(person, "/snap/*")
    assert (made["hides"], made["server_id"], made["created_by"]) == (3, None, "user:anna")

    nas = person.get("/api/v1/servers/nas").json()
    assert (mounts_of(nas), nas["health"]) == (["/"], "ok")
    assert nas["hidden"] == {"filesystem": ["/snap/core", "/snap/x"]}
    shown = person.get("/api/v1/servers/nas", params={"hidden": True}).json()
    assert mounts_of(shown) == ["/", "/snap/core", "/snap/x"]
    assert (shown["health"], shown["hidden"]) == ("ok", nas["hidden"])

    listed = person.get("/api/v1/servers").json()["servers"]
    assert [one["worst_filesystem"]["mount_point"] for one in listed] == ["/", "/"]
    everywhere = person.get("/api/v1/filesystems").json()
    assert [row["mount_point"] for row in everywhere["filesystems"]] == ["/", "/"]

    assert person.delete(f"{RULES}/{made['id']}").status_code == 204
    assert len(mounts_of(person.get("/api/v1/servers/nas").json())) == 3
    assert person.delete(f"{RULES}/{made['id']}").status_code == 404


def test_a_rule_for_one_server_leaves_the_others(
    app: FastAPI, agent: TestClient, person: TestClient
) -> None:
    two_servers(app, agent)
    assert hide(person, "/snap/*", server_id="pi")["hides"] == 1
    assert len(mounts_of(person.get("/api/v1/servers/nas").json())) == 3
    assert mounts_of(person.get("/api/v1/servers/pi").json()) == ["/"]
    assert person.delete("/api/v1/servers/pi").status_code == 204
    assert person.get(RULES).json() == {"rules": []}


def test_what_is_hidden_keeps_its_history_and_its_part_in_the_total(
    agent: TestClient, person: TestClient
) -> None:
    body = {"family": "network_interface", "pattern": "eth*"}
    assert person.post(RULES, json=body).status_code == 201
    start_ms = now_ms() - 10_000
    report(agent, "nas", start_ms, network_interfaces=interfaces(1_000, 500))
    report(agent, "nas", start_ms + 10_000, network_interfaces=interfaces(3_000, 600))
    nas = person.get("/api/v1/servers/nas").json()
    assert [row["name"] for row in nas["network_interfaces"]] == ["br0"]
    assert (nas["rx_rate"], nas["tx_rate"]) == (200.0, 10.0)
    asked = person.get(
        "/api/v1/metrics/sparkline/nas/network", params={"period": "5m", "interface": "eth0"}
    )
    assert len(asked.json()["data"]) == 2
    exposed = person.get("/metrics").text
    assert 'homelab_network_interface_rx_bytes_total{server="nas",name="eth0"' in exposed


def test_what_makes_no_rule_is_said(agent: TestClient, person: TestClient) -> None:
    report(agent, "nas")
    hide(person, "/snap/*")
    hide(person, "/snap/*", server_id="nas")
    for body, status, told in (
        ({"family": "filesystem", "pattern": "/snap/*"}, 409, "a rule for '/snap/*' already"),
        ({"family": "host", "pattern": "*"}, 422, "family: "),
        ({"family": "filesystem", "pattern": ""}, 422, "pattern: "),
        ({"family": "filesystem", "pattern": "a\x00"}, 422, "pattern: "),
        ({"family": "filesystem", "pattern": "x", "server_id": "ghost"}, 404, "no server 'ghost'"),
    ):
        answer = person.post(RULES, json=body)
        assert answer.status_code == status, answer.text
        assert told in answer.json()["detail"]["message"]
    entries = person.get("/api/v1/audit").json()["entries"]
    made = [entry for entry in entries if entry["action"] == "hide_rule.created"]
    assert [entry["subject"] for entry in made] == ["filesystem /snap/*"] * 2
