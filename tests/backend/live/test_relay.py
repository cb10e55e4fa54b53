"""Two applications on one PostgreSQL: what one takes in, the readers of the other hear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_agent.contract import FAMILIES
from homelab_cmd.app import create_app
from homelab_cmd.live import relay
from homelab_cmd.settings import Settings
from sqlalchemy import text
from starlette.websockets import WebSocketDisconnect

from tests.backend.live.listening import Listener, beat, root, subscribed


@pytest.fixture(params=["postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    postgres: Any = request.getfixturevalue("postgres")
    name = postgres.create_database(request.getfixturevalue("migrated"))
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def other(tmp_path: Path, database_url: str, person: TestClient) -> Iterator[Listener]:
    """Readers of a second application, with the first one's session."""
    settings = Settings(data_dir=tmp_path / "other", port=0, database_url=database_url)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield Listener(client, person)


def test_a_heartbeat_reaches_the_readers_of_every_process_once(
    agent: TestClient, listener: Listener, other: Listener
) -> None:
    with listener.connect("/ws/live") as here, other.connect("/ws/live") as there:
        subscribed(here)
        subscribed(there)
        times = [
            beat(agent, metrics={"cpu_percent": float(step)}, filesystems=[root(step)])
            for step in range(3)
        ]
        for socket in (here, there):
            heard: list[dict[str, Any]] = []
            while len(heard) < 3:
                heard += socket.receive_json()["heartbeats"]
            assert [one["timestamp"] for one in heard] == times
            for step, one in enumerate(heard):
                assert one["server_id"] == "nas"
                assert one["families"]["host"][0]["cpu_percent"] == step
                assert one["families"]["filesystem"][0]["used_bytes"] == step
                assert one["families"]["filesystem"][0]["device"] == "/dev/sda1"


def test_a_backlog_is_announced_in_parts(
    agent: TestClient, other: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "NOTIFICATION_BYTES", 60)
    with other.connect("/ws/metrics/cpu_percent?host=nas") as there:
        for step in range(5):
            beat(agent, metrics={"cpu_percent": float(step)})
        assert [there.receive_json()["value"] for _ in range(5)] == [0, 1, 2, 3, 4]


def test_another_process_shows_what_was_taken_in_here(
    agent: TestClient, other: Listener, person: TestClient
) -> None:
    with other.connect("/ws/live") as there:
        subscribed(there)
        time = beat(agent, metrics={"cpu_percent": 12.5})
        there.receive_json()
        headers = {"Authorization": person.headers["Authorization"]}
        server = other.client.get("/api/v1/servers/nas", headers=headers).json()
    assert server["last_seen"] == time
    assert server["latest_metrics"]["cpu_percent"] == 12.5


def test_a_broken_connection_lets_readers_begin_anew(
    app: FastAPI, agent: TestClient, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "RETRY_SECONDS", 0.01)
    kill = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN homelab%' AND datname = current_database()"
    )
    with listener.connect("/ws/live") as socket:
        subscribed(socket)
        with app.state.database.connect() as connection:
            assert connection.scalar(kill) == 1
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
    assert caught.value.code == 4409
    with listener.connect("/ws/live") as socket:
        subscribed(socket)
        beat(agent, metrics={"cpu_percent": 1.0})
        assert socket.receive_json()["heartbeats"]


def test_that_there_are_none_is_heard_everywhere(agent: TestClient, other: Listener) -> None:
    with other.connect("/ws/live") as there:
        subscribed(there)
        beat(agent, metrics={"cpu_percent": 1.0}, filesystems=[], temperatures=[])
        [heard] = there.receive_json()["heartbeats"]
    assert heard["families"]["filesystem"] == heard["families"]["temperature"] == []
    assert heard["families"]["host"][0]["cpu_percent"] == 1
    assert "disk" not in heard["families"]


def test_a_long_announcement_fits_notifications() -> None:
    names = tuple(family.name for family in FAMILIES)
    moments = [relay.Moment(2**31 - 1, 2**43 + step, names[: step % 9]) for step in range(2_000)]
    payloads = list(relay.notifications("x" * 16, moments))
    assert max(map(len, payloads)) < 8_000
    words = [payload.split(" ") for payload in payloads]
    assert {own for own, *_ in words} == {"x" * 16}
    assert [relay.Moment.parse(word) for _, *rest in words for word in rest] == moments
    assert list(relay.notifications("x", [])) == []
