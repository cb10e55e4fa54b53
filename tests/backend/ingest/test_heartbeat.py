"""Heartbeats through the real application, into a real database."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.clock import DAY_MS, iso, now_ms
from homelab_cmd.servers.service import get_server
from homelab_cmd.servers.startup import open_snapshots
from sqlalchemy import event, text

URL = "/api/v1/agents/heartbeat"
BATCH_URL = "/api/v1/agents/heartbeats"
GUID = "3f0e8a52-7c1b-4d7e-9a55-0c1d2e3f4a5b"


def filesystem(mount_point: str, used_bytes: int = 100) -> dict[str, Any]:
    return {
        "mount_point": mount_point,
        "device": "/dev/sda1",
        "fs_type": "ext4",
        "total_bytes": 400,
        "used_bytes": used_bytes,
        "available_bytes": 300 - used_bytes,
        "percent": used_bytes / 3,
    }


def heartbeat(time_ms: int | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "server_id": "nas",
        "hostname": "nas.home",
        "timestamp": iso(now_ms() if time_ms is None else time_ms),
        "interval_seconds": 10,
        "filesystems": [filesystem("/")],
    } | changes


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]["code"]


def test_a_heartbeat_is_stored_and_shown(agent: TestClient, person: TestClient) -> None:
    answer = agent.post(URL, json=heartbeat(metrics={"cpu_percent": 12.5, "uptime_seconds": 99.5}))
    assert answer.status_code == 200
    assert answer.json() | {"server_time": ""} == {
        "status": "ok",
        "server_registered": True,
        "pending_commands": [],
        "results_acknowledged": [],
        "rejected": [],
        "server_time": "",
        "next_interval_seconds": 10,
    }
    assert agent.post(URL, json=heartbeat()).json()["server_registered"] is False
    server = person.get("/api/v1/servers/nas").json()
    assert server["status"] == "online"
    assert server["hostname"] == "nas.home"
    assert server["uptime_seconds"] == 99.5
    assert server["latest_metrics"]["cpu_percent"] == 12.5
    assert server["filesystems"][0]["mount_point"] == "/"
    assert server["network_interfaces"] is None


def test_an_empty_list_clears_and_null_keeps(agent: TestClient, person: TestClient) -> None:
    start_ms = now_ms() - 10_000
    agent.post(URL, json=heartbeat(start_ms))
    agent.post(URL, json=heartbeat(start_ms + 1_000, filesystems=None))
    shown = person.get("/api/v1/servers/nas").json()
    assert len(shown["filesystems"]) == 1
    assert shown["as_of"]["filesystem"] == iso(start_ms)
    agent.post(URL, json=heartbeat(start_ms + 2_000, filesystems=[]))
    assert person.get("/api/v1/servers/nas").json()["filesystems"] == []


def test_late_data_never_replaces_what_is_newer(agent: TestClient, person: TestClient) -> None:
    now = now_ms()
    agent.post(URL, json=heartbeat(now, filesystems=[filesystem("/new")]))
    agent.post(URL, json=heartbeat(now - 60_000, filesystems=[filesystem("/old")]))
    shown = person.get("/api/v1/servers/nas").json()
    assert [row["mount_point"] for row in shown["filesystems"]] == ["/new"]
    assert shown["last_seen"] == iso(now)


def test_a_repeat_changes_nothing_and_another_sequence_is_409(agent: TestClient) -> None:
    first = heartbeat(sequence=7)
    assert agent.post(URL, json=first).status_code == 200
    assert agent.post(URL, json=first).status_code == 200
    assert agent.post(URL, json=first | {"sequence": None}).status_code == 200
    assert code(agent.post(URL, json=first | {"sequence": 8})) == (409, "TIME_TAKEN")


@pytest.mark.parametrize(
    "offset_ms,expected",
    [
        (6 * 60_000, (422, "TIMESTAMP_IN_FUTURE")),
        (-30 * DAY_MS, (422, "TIMESTAMP_TOO_OLD")),
        (-(2**41), (422, "TIMESTAMP_TOO_OLD")),
    ],
)
def test_a_clock_that_is_off_is_told_the_time(
    agent: TestClient, offset_ms: int, expected: tuple[int, str]
) -> None:
    time_ms = max(now_ms() + offset_ms, -60_000_000_000_000)
    answer = agent.post(URL, json=heartbeat(time_ms))
    assert code(answer) == expected
    assert "server_time" in answer.json()


def test_a_token_writes_its_own_server_alone(agent: TestClient, anonymous: TestClient) -> None:
    assert code(agent.post(URL, json=heartbeat(server_id="other"))) == (403, "WRONG_SERVER")
    assert anonymous.post(URL, json=heartbeat()).status_code == 401
    wrong = {"Authorization": "Bearer hca_nonsense"}
    assert anonymous.post(URL, json=heartbeat(), headers=wrong).status_code == 401


def test_a_guid_is_claimed_once(agent: TestClient) -> None:
    assert agent.post(URL, json=heartbeat(server_guid=GUID)).status_code == 200
    assert agent.post(URL, json=heartbeat(server_guid=GUID.upper())).status_code == 200
    other = GUID.replace("3f", "4f")
    assert code(agent.post(URL, json=heartbeat(server_guid=other))) == (409, "GUID_MISMATCH")


def test_a_bad_row_is_named_in_the_answer(agent: TestClient, person: TestClient) -> None:
    rows = [filesystem("/"), filesystem("/bad") | {"used_bytes": -1}]
    answer = agent.post(URL, json=heartbeat(filesystems=rows))
    assert answer.status_code == 200
    assert answer.json()["rejected"][0]["path"] == "filesystems[1].used_bytes"
    assert len(person.get("/api/v1/servers/nas").json()["filesystems"]) == 1


def test_gzip_is_read_and_its_bombs_are_not(agent: TestClient) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    packed = gzip.compress(json.dumps(heartbeat()).encode())
    assert agent.post(URL, content=packed, headers=headers).status_code == 200
    bomb = gzip.compress(b" " * (9 << 20))
    assert code(agent.post(URL, content=bomb, headers=headers)) == (413, "PAYLOAD_TOO_LARGE")
    torn = code(agent.post(URL, content=packed[:-9], headers=headers))
    assert torn == (400, "MALFORMED_GZIP")
    too_large = (413, "PAYLOAD_TOO_LARGE")
    assert code(agent.post(URL, content=b"x" * (1 << 20 | 1))) == too_large
    assert code(agent.post(URL, content=iter([b"x" * (1 << 19)] * 3))) == too_large
    odd = {"Content-Encoding": "br"}
    assert agent.post(URL, content=b"x", headers=odd).status_code == 422


def test_a_batch_is_answered_item_by_item(agent: TestClient, person: TestClient) -> None:
    start_ms = now_ms() - 60_000
    items: list[Any] = [heartbeat(start_ms + n * 1_000, sequence=n) for n in range(3)]
    items += [{"hostname": "x"}, heartbeat(start_ms, sequence=9), heartbeat(start_ms, sequence=0)]
    answer = agent.post(BATCH_URL, json={"heartbeats": items})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["ok"] * 3 + ["refused"] * 2 + ["ok"]
    assert results[4]["code"] == "TIME_TAKEN"
    assert results[0]["timestamp"] == iso(start_ms)
    assert person.get("/api/v1/servers/nas").json()["last_seen"] == iso(start_ms + 2_000)


def test_a_disk_that_refuses_is_503_and_nothing_is_half_written(
    app: FastAPI, agent: TestClient
) -> None:
    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.upper().startswith("INSERT"):
            raise app.state.database.engine.dialect.dbapi.OperationalError("disk I/O error")

    engine = app.state.database.engine
    event.listen(engine, "before_cursor_execute", refuse)
    answer = agent.post(URL, json=heartbeat())
    event.remove(engine, "before_cursor_execute", refuse)
    assert code(answer) == (503, "STORAGE_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "5"
    with app.state.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM heartbeats")).scalar() == 0
    assert agent.post(URL, json=heartbeat()).status_code == 200


def test_what_was_said_last_survives_a_restart(app: FastAPI, agent: TestClient) -> None:
    time_ms = now_ms()
    agent.post(URL, json=heartbeat(time_ms))
    # As after kill -9: in memory alone was the snapshot, but the history was written.
    snapshots = open_snapshots(app.state.database, app.state.history)
    with app.state.database.read() as session:
        key = get_server(session, "nas").id
        snapshot = snapshots.get(session.connection(), key)
    assert snapshot.rows["filesystem"][0].mount_point == "/"
    assert snapshot.last_seen_ms == time_ms


def test_no_endpoint_reads_a_body_past_its_limit(anonymous: TestClient) -> None:
    url = "/api/v1/auth/setup"
    too_large = (413, "PAYLOAD_TOO_LARGE")
    assert code(anonymous.post(url, content=b"x" * (1 << 20 | 1))) == too_large
    assert code(anonymous.post(url, content=iter([b"x" * (1 << 19)] * 3))) == too_large


def test_an_unknown_method_or_path_is_an_error_in_json(anonymous: TestClient) -> None:
    assert anonymous.get(URL).status_code == 405
    assert code(anonymous.get("/api/v1/nothing")) == (404, "NOT_FOUND")
