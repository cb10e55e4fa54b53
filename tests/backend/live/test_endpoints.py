import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.auth.models import UserSession
from homelab_cmd.auth.principals import Principal
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.live import guard, hub, stream
from sqlalchemy import update
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.backend.conftest import PASSWORD, agent_client
from tests.backend.live.listening import Listener, beat, root, subscribed


def ticket(person: TestClient) -> str:
    return str(person.post("/api/v1/auth/ticket").json()["ticket"])


class TestLive:
    def test_a_heartbeat_arrives_with_its_rows(self, listener: Listener, agent: TestClient) -> None:
        with listener.connect("/ws/live") as socket:
            subscribed(socket)
            time = beat(agent, metrics={"cpu_percent": 12.5}, filesystems=[root(40)])
            message = socket.receive_json()
        assert message["type"] == "heartbeats"
        [heartbeat] = message["heartbeats"]
        assert heartbeat["server_id"] == "nas"
        assert heartbeat["timestamp"] == time
        assert set(heartbeat["families"]) == {"host", "filesystem"}
        assert heartbeat["families"]["host"][0]["cpu_percent"] == 12.5
        assert heartbeat["families"]["filesystem"][0]["used_bytes"] == 40

    def test_a_subscription_chooses_servers_and_families(
        self, listener: Listener, agent: TestClient, app: FastAPI
    ) -> None:
        other = agent_client(app, "pi")
        with listener.connect("/ws/live") as socket:
            subscribed(socket, {"servers": ["pi"], "families": ["filesystem"]})
            beat(agent, filesystems=[root(1)])
            beat(other, "pi", metrics={"cpu_percent": 1})
            beat(other, "pi", metrics={"cpu_percent": 2}, filesystems=[root(3)])
            [heartbeat] = socket.receive_json()["heartbeats"]
        assert heartbeat["server_id"] == "pi"
        assert list(heartbeat["families"]) == ["filesystem"]
        assert heartbeat["families"]["filesystem"][0]["used_bytes"] == 3

    def test_nothing_comes_unasked_and_a_new_subscription_replaces_the_old(
        self, listener: Listener, agent: TestClient
    ) -> None:
        with listener.connect("/ws/live") as everything, listener.connect("/ws/live") as socket:
            subscribed(everything)
            beat(agent, metrics={"cpu_percent": 1})
            everything.receive_json()  # the other stream has had its turn too
            subscribed(socket)
            beat(agent, metrics={"cpu_percent": 2})
            [heartbeat] = socket.receive_json()["heartbeats"]
            assert heartbeat["families"]["host"][0]["cpu_percent"] == 2
            everything.receive_json()
            subscribed(socket, {"servers": []})
            beat(agent, metrics={"cpu_percent": 3})
            subscribed(socket)
            beat(agent, metrics={"cpu_percent": 4})
            [heartbeat] = socket.receive_json()["heartbeats"]
            assert heartbeat["families"]["host"][0]["cpu_percent"] == 4

    def test_a_repeated_heartbeat_is_told_once(self, listener: Listener, agent: TestClient) -> None:
        body = {"server_id": "nas", "hostname": "nas", "timestamp": iso(now_ms()), "metrics": {}}
        with listener.connect("/ws/live") as socket:
            subscribed(socket)
            assert agent.post("/api/v1/agents/heartbeat", json=body).status_code == 200
            assert agent.post("/api/v1/agents/heartbeat", json=body).status_code == 200
            beat(agent, metrics={"cpu_percent": 2})
            heard = socket.receive_json()["heartbeats"]
            while heard[-1]["families"]["host"][0]["cpu_percent"] != 2:
                heard += socket.receive_json()["heartbeats"]
        assert len(heard) == 2

    def test_a_backlog_comes_whole_in_messages_of_a_bounded_size(
        self, listener: Listener, agent: TestClient
    ) -> None:
        beats = [
            {
                "server_id": "nas",
                "hostname": "nas",
                "timestamp": iso(now_ms() - 1_000 * step),
                "filesystems": [{**root(step % 100), "mount_point": f"/{n}"} for n in range(50)],
            }
            for step in range(120, 0, -1)
        ]
        with listener.connect("/ws/live") as socket:
            subscribed(socket)
            answer = agent.post("/api/v1/agents/heartbeats", json={"heartbeats": beats})
            assert answer.status_code == 200, answer.text
            assert {one["status"] for one in answer.json()["results"]} == {"ok"}
            messages: list[dict[str, Any]] = []
            while sum(len(message["heartbeats"]) for message in messages) < 120:
                text = socket.receive_text()
                assert len(text) < 300_000
                messages.append(json.loads(text))
        heard = [beat["timestamp"] for message in messages for beat in message["heartbeats"]]
        assert heard == [beat["timestamp"] for beat in beats]
        assert len(messages) > 1

    @pytest.mark.parametrize(
        "text,code",
        [
            ("", "BAD_MESSAGE"),
            ("[]", "BAD_MESSAGE"),
            ('{"servers": "nas"}', "BAD_MESSAGE"),
            ('{"servers": [NaN]}', "BAD_MESSAGE"),
            ('{"x":' + "[" * 50_000, "BAD_MESSAGE"),
            ('{"families": ["nonsense"]}', "VALIDATION_ERROR"),
        ],
        ids=["empty", "list", "text", "NaN", "deep", "family"],
    )
    def test_a_message_that_makes_no_sense_is_answered_and_the_stream_lives(
        self, listener: Listener, text: str, code: str
    ) -> None:
        with listener.connect("/ws/live") as socket:
            socket.send_text(text)
            answer = socket.receive_json()
            assert (answer["type"], answer["code"]) == ("error", code)
            socket.send_bytes(b"\xff")
            assert socket.receive_json()["code"] == "BAD_MESSAGE"
            subscribed(socket)

    def test_silence_is_filled_with_pings(
        self, listener: Listener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stream, "PING_SECONDS", 0.01)
        with listener.connect("/ws/live") as socket:
            assert socket.receive_json()["type"] == "ping"
            assert "server_time" in socket.receive_json()


class TestMetricStream:
    def test_a_sample_comes_as_it_is_committed(self, listener: Listener, agent: TestClient) -> None:
        with listener.connect("/ws/metrics/cpu_usage?host=nas") as socket:
            time = beat(agent, metrics={"cpu_percent": 12.5})
            assert socket.receive_json() == {
                "metric_name": "cpu_usage",
                "host": "nas",
                "time": time,
                "value": 12.5,
            }

    def test_without_a_host_every_hosts_samples_come(
        self, listener: Listener, agent: TestClient, app: FastAPI
    ) -> None:
        other = agent_client(app, "pi")
        with listener.connect("/ws/metrics/cpu_percent") as socket:
            beat(agent, metrics={"cpu_percent": 1})
            beat(other, "pi", metrics={"cpu_percent": 2})
            heard = [socket.receive_json() for _ in range(2)]
        assert [(one["host"], one["value"]) for one in heard] == [("nas", 1), ("pi", 2)]

    def test_with_a_host_the_others_do_not(
        self, listener: Listener, agent: TestClient, app: FastAPI
    ) -> None:
        other = agent_client(app, "pi")
        with listener.connect("/ws/metrics/cpu_percent?host=pi") as socket:
            beat(agent, metrics={"cpu_percent": 1})
            beat(other, "pi", metrics={"cpu_percent": 2})
            assert socket.receive_json()["host"] == "pi"

    def test_a_keyed_metric_gives_its_series_alone(
        self, listener: Listener, agent: TestClient
    ) -> None:
        tank = {**root(70), "mount_point": "/tank"}
        path = "/ws/metrics/filesystem_used_bytes?host=nas&mount_point=/tank"
        with listener.connect(path) as socket:
            beat(agent, filesystems=[root(40)])
            beat(agent, filesystems=[root(40), tank])
            assert socket.receive_json()["value"] == 70

    def test_disk_usage_is_of_the_root(self, listener: Listener, agent: TestClient) -> None:
        with listener.connect("/ws/metrics/disk_usage") as socket:
            beat(agent, filesystems=[{**root(70), "mount_point": "/tank"}, root(40)])
            assert socket.receive_json()["value"] == 40

    def test_old_numbers_and_unknown_ones_are_not_told(
        self, listener: Listener, agent: TestClient
    ) -> None:
        with listener.connect("/ws/metrics/disk_usage?host=nas") as socket:
            beat(agent, filesystems=[root(40, "stale")])
            beat(agent, metrics={"cpu_percent": 1})
            beat(agent, filesystems=[root(41)])
            assert socket.receive_json()["value"] == 41


PATHS = ("/ws/live", "/ws/metrics/cpu_percent")


def denied(client: TestClient, path: str, **headers: str) -> WebSocketDenialResponse:
    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        client.websocket_connect(path, headers=headers),
    ):
        pass
    return caught.value


class TestAccess:
    @pytest.mark.parametrize("path", PATHS)
    def test_nobody_listens_without_a_credential(self, anonymous: TestClient, path: str) -> None:
        assert denied(anonymous, path).status_code == 401
        assert denied(anonymous, path, Authorization="Bearer nonsense").status_code == 401
        assert denied(anonymous, path, Authorization="Basic YTpi").status_code == 401
        assert denied(anonymous, f"{path}?ticket=nonsense").status_code == 401
        assert denied(anonymous, f"{path}?ticket=").status_code == 401

    @pytest.mark.parametrize("path", PATHS)
    def test_an_agent_may_not_listen(self, agent: TestClient, path: str) -> None:
        answer = denied(agent, path)
        assert answer.status_code == 403
        assert answer.json()["detail"]["code"] == "AGENT_TOKEN"

    @pytest.mark.parametrize("path", PATHS)
    def test_a_ticket_opens_one_stream(
        self, person: TestClient, anonymous: TestClient, path: str
    ) -> None:
        url = f"{path}?ticket={ticket(person)}"
        with anonymous.websocket_connect(url):
            pass
        assert denied(anonymous, url).status_code == 401

    @pytest.mark.parametrize("path", PATHS)
    def test_another_sites_page_may_not_listen(
        self, listener: Listener, person: TestClient, path: str
    ) -> None:
        assert denied(person, path, Origin="https://evil.example").status_code == 403
        assert denied(person, path, Origin="null").status_code == 403
        with listener.connect(path, origin="http://testserver"):
            pass

    @pytest.mark.parametrize(
        "path,status,words",
        [
            ("/ws/metrics/cpu_percnt", 404, "cpu_percent"),
            ("/ws/metrics/cpu_percent?host=nowhere", 404, "nowhere"),
            ("/ws/metrics/filesystem_used_bytes?host=nas", 422, "mount_point"),
        ],
    )
    def test_what_can_not_be_streamed_is_said_at_the_handshake(
        self, person: TestClient, path: str, status: int, words: str
    ) -> None:
        answer = denied(person, path)
        assert answer.status_code == status
        assert words in answer.json()["detail"]["message"]

    @pytest.mark.parametrize("path", PATHS)
    def test_a_stream_ends_with_its_session(
        self, listener: Listener, person: TestClient, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(guard, "CHECK_SECONDS", 0.01)
        monkeypatch.setattr(stream, "PING_SECONDS", 60)
        with listener.connect(path) as socket:
            assert person.post("/api/v1/auth/logout").status_code == 204
            with pytest.raises(WebSocketDisconnect) as caught:
                socket.receive_json()
        assert caught.value.code == hub.SESSION_ENDED.code
        assert caught.value.reason == hub.SESSION_ENDED.reason

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("way", ["password", "expiry", "token"])
    def test_a_stream_ends_with_whatever_opened_it(
        self,
        app: FastAPI,
        anonymous: TestClient,
        person: TestClient,
        path: str,
        way: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(guard, "CHECK_SECONDS", 0.01)
        made = person.post("/api/v1/tokens", json={"name": "grafana", "scope": "read"}).json()
        login = {"username": "anna", "password": PASSWORD}
        secret = anonymous.post("/api/v1/auth/login", data=login).json()["access_token"]
        if way == "token":
            secret = made["token"]
        headers = {"Authorization": f"Bearer {secret}"}
        with anonymous.websocket_connect(path, headers=headers) as socket:
            if way == "password":
                change = {"current_password": PASSWORD, "new_password": "another long password"}
                assert person.post("/api/v1/auth/password", json=change).is_success
            elif way == "token":
                assert person.delete(f"/api/v1/tokens/{made['id']}").is_success
            else:
                with app.state.database.write() as session:
                    session.execute(update(UserSession).values(expires_at_ms=now_ms()))
            with pytest.raises(WebSocketDisconnect) as caught:
                socket.receive_json()
        assert caught.value.code == hub.SESSION_ENDED.code

    def test_a_reader_is_told_of_the_servers_that_he_may_see(
        self, app: FastAPI, listener: Listener, agent: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Principal, "may_see", lambda _, server_id: server_id != "nas")
        other = agent_client(app, "pi")
        with (
            listener.connect("/ws/live") as rows,
            listener.connect("/ws/metrics/cpu_percent") as values,
        ):
            subscribed(rows)
            beat(agent, metrics={"cpu_percent": 1})
            beat(other, "pi", metrics={"cpu_percent": 2})
            assert [one["server_id"] for one in rows.receive_json()["heartbeats"]] == ["pi"]
            assert values.receive_json()["host"] == "pi"
