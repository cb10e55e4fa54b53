"""Servers through the API: shown, renamed, paused, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.clock import DAY_MS, iso, now_ms

URL = "/api/v1/agents/heartbeat"


def report(agent: TestClient, **changes: Any) -> None:
    heartbeat = {
        "server_id": "nas",
        "hostname": "nas",
        "timestamp": iso(now_ms()),
        "interval_seconds": 10,
    }
    answer = agent.post(URL, json=heartbeat | changes)
    assert answer.status_code == 200, answer.text


def filesystem(mount_point: str, percent: float, state: str = "ok") -> dict[str, Any]:
    return {
        "mount_point": mount_point,
        "device": "/dev/sda1",
        "fs_type": "ext4",
        "total_bytes": 1_000,
        "used_bytes": round(10 * percent),
        "available_bytes": 1_000 - round(10 * percent),
        "percent": percent,
        "state": state,
    }


@pytest.mark.usefixtures("agent")  # its making made the server
def test_a_server_that_never_reported_is_unknown(person: TestClient) -> None:
    (server,) = person.get("/api/v1/servers").json()["servers"]
    assert server["status"] == "unknown"
    assert server["last_seen"] is None
    assert server["filesystems"] is None
    assert server["cpu_sparkline"] == [None] * 144


@pytest.mark.parametrize(
    "ago_seconds,status,health",
    [(0, "online", "ok"), (31, "stale", "ok"), (101, "offline", "critical")],
)
def test_silence_is_told_by_missed_intervals(
    agent: TestClient, person: TestClient, ago_seconds: int, status: str, health: str
) -> None:
    report(agent, timestamp=iso(now_ms() - ago_seconds * 1_000))
    server = person.get("/api/v1/servers/nas").json()
    assert (server["status"], server["health"]) == (status, health)


@pytest.mark.parametrize(
    "rows,health",
    [
        ([filesystem("/", 89.9)], "ok"),
        ([filesystem("/", 90)], "warning"),
        ([filesystem("/", 50, "missing")], "warning"),
        ([filesystem("/", 99, "stale")], "warning"),
        ([filesystem("/", 50), filesystem("/tank", 98)], "critical"),
        ([filesystem("/cdrom", 100) | {"read_only": True}], "ok"),
        ([filesystem("/", 95) | {"read_only": True}], "warning"),
    ],
)
def test_health_is_that_of_the_worst_filesystem(
    agent: TestClient, person: TestClient, rows: list[dict[str, Any]], health: str
) -> None:
    report(agent, filesystems=rows)
    assert person.get("/api/v1/servers/nas").json()["health"] == health


def test_problems_are_named_the_worst_first(agent: TestClient, person: TestClient) -> None:
    report(
        agent,
        filesystems=[filesystem("/", 91), filesystem("/tank", 98), filesystem("/srv", 10)],
        temperatures=[{"sensor": "core", "celsius": 100.0, "critical_celsius": 100.0}],
    )
    assert person.get("/api/v1/servers/nas").json()["problems"] == [
        {"family": "filesystem", "key": "/tank", "severity": "critical"},
        {"family": "filesystem", "key": "/", "severity": "warning"},
        {"family": "temperature", "key": "core", "severity": "warning"},
    ]


@pytest.mark.parametrize("celsius,health", [(94.9, "ok"), (95.0, "warning")])
def test_a_sensor_at_its_critical_value_is_a_warning(
    agent: TestClient, person: TestClient, celsius: float, health: str
) -> None:
    report(agent, temperatures=[{"sensor": "cpu", "celsius": celsius, "critical_celsius": 95}])
    assert person.get("/api/v1/servers/nas").json()["health"] == health


def test_the_list_names_the_fullest_filesystem_that_answers(
    agent: TestClient, person: TestClient
) -> None:
    rows = [filesystem("/", 40), filesystem("/tank", 93), filesystem("/gone", 99, "missing")]
    report(agent, filesystems=rows)
    (server,) = person.get("/api/v1/servers").json()["servers"]
    assert server["worst_filesystem"]["mount_point"] == "/tank"


def interfaces(rx_bytes: int, tx_bytes: int) -> list[dict[str, Any]]:
    card = {
        "name": "eth0",
        "rx_bytes": rx_bytes,
        "tx_bytes": tx_bytes,
        "rx_packets": 0,
        "tx_packets": 0,
        "is_up": True,
        "kind": "physical",
    }
    # What passes the bridge passed the card already.
    return [card, card | {"name": "br0", "kind": "bridge"}]


def test_rates_come_from_the_last_two_heartbeats(agent: TestClient, person: TestClient) -> None:
    start_ms = now_ms() - 20_000
    report(agent, timestamp=iso(start_ms), network_interfaces=interfaces(1_000, 500))
    assert person.get("/api/v1/servers/nas").json()["rx_rate"] is None
    report(agent, timestamp=iso(start_ms + 10_000), network_interfaces=interfaces(3_000, 600))
    shown = person.get("/api/v1/servers/nas").json()
    assert (shown["rx_rate"], shown["tx_rate"]) == (200.0, 10.0)
    # A reset never shows as a rate.
    report(agent, timestamp=iso(start_ms + 20_000), network_interfaces=interfaces(10, 600))
    assert person.get("/api/v1/servers/nas").json()["rx_rate"] is None


def test_a_server_is_renamed_tagged_and_paused(agent: TestClient, person: TestClient) -> None:
    report(agent)
    changed = person.put(
        "/api/v1/servers/nas", json={"display_name": "Big box", "tags": ["lab", "lab"]}
    )
    assert changed.json()["display_name"] == "Big box"
    assert changed.json()["tags"] == ["lab"]
    assert person.put("/api/v1/servers/nas/pause").json()["status"] == "paused"
    report(agent)  # still kept
    assert person.put("/api/v1/servers/nas/unpause").json()["status"] == "online"


@pytest.mark.parametrize(
    "body", [{"tags": ["a b"]}, {"tags": "x"}, {"display_name": ""}, {"hostname": "x"}, [], None]
)
@pytest.mark.usefixtures("agent")
def test_a_bad_change_is_422_naming_the_field(person: TestClient, body: Any) -> None:
    answer = person.put("/api/v1/servers/nas", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"]["path"][0] == "body"


def test_a_deleted_server_is_gone_at_once_and_its_token_with_it(
    agent: TestClient, person: TestClient
) -> None:
    report(agent)
    assert person.delete("/api/v1/servers/nas").status_code == 204
    assert person.get("/api/v1/servers/nas").status_code == 404
    assert person.get("/api/v1/servers").json()["total"] == 0
    assert person.delete("/api/v1/servers/nas").status_code == 404
    refused = agent.post(
        URL, json={"server_id": "nas", "hostname": "nas", "timestamp": iso(now_ms())}
    )
    assert refused.status_code == 401


def test_a_filesystem_that_will_not_come_back_is_forgotten(
    agent: TestClient, person: TestClient
) -> None:
    report(agent, filesystems=[filesystem("/", 40), filesystem("/mnt/usb", 50, "missing")])
    url = "/api/v1/servers/nas/filesystems"
    assert person.delete(url, params={"mount_point": "/mnt/usb"}).status_code == 204
    shown = person.get("/api/v1/servers/nas").json()["filesystems"]
    assert [row["mount_point"] for row in shown] == ["/"]
    assert person.delete(url, params={"mount_point": "/mnt/usb"}).status_code == 404
    assert person.delete(url).status_code == 422
    # The agent goes on to report it missing; it is shown again once it is mounted again.
    for state, shown_again in (("missing", False), ("stale", False), ("ok", True)):
        report(agent, filesystems=[filesystem("/", 40), filesystem("/mnt/usb", 50, state)])
        shown = person.get("/api/v1/servers/nas").json()["filesystems"]
        assert ("/mnt/usb" in [row["mount_point"] for row in shown]) is shown_again


def test_answers_have_the_documented_shape(agent: TestClient, person: TestClient) -> None:
    from homelab_cmd.servers.schemas import ServerDetail, ServerList  # noqa: PLC0415 - as documented

    report(agent, filesystems=[filesystem("/", 40)], network_interfaces=interfaces(1, 1))
    listed = person.get("/api/v1/servers").json()
    assert set(listed["servers"][0]) == set(
        ServerList.model_json_schema()["$defs"]["ServerSummary"]["properties"]
    )
    ServerList.model_validate(listed)
    shown = person.get("/api/v1/servers/nas").json()
    ServerDetail.model_validate(shown)
    assert set(shown) == set(ServerDetail.model_fields)


def test_what_a_clock_ahead_left_behind_is_not_now(
    agent: TestClient, person: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = now_ms()
    ahead = now + 365 * DAY_MS
    with monkeypatch.context() as patch:
        patch.setattr("homelab_cmd.ingest.service.now_ms", lambda: ahead)
        report(agent, timestamp=iso(ahead), filesystems=[])
    # The clock is right again: the host may be anything, but it was not seen next year.
    assert person.get("/api/v1/servers/nas").json()["status"] == "offline"
    report(agent, timestamp=iso(now), filesystems=[filesystem("/", 50)])
    shown = person.get("/api/v1/servers/nas").json()
    assert shown["status"] == "online"
    assert shown["last_seen"] == iso(now)
    assert [row["mount_point"] for row in shown["filesystems"]] == ["/"]


def test_the_list_may_leave_out_what_nobody_asked_for(
    agent: TestClient, person: TestClient
) -> None:
    report(agent, filesystems=[filesystem("/", 95)], network_interfaces=interfaces(1, 1))
    (server,) = person.get("/api/v1/servers?family=host&family=network_interface").json()["servers"]
    assert (server["filesystems"], len(server["network_interfaces"])) == (None, 2)
    # What is judged of them stays.
    assert (server["health"], server["worst_filesystem"]["percent"]) == ("warning", 95)
    assert person.get("/api/v1/servers?family=none").status_code == 404
