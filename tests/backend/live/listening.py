"""Hosts that report and people who listen."""

from typing import Any

from fastapi.testclient import TestClient
from homelab_cmd.clock import iso, now_ms
from starlette.testclient import WebSocketTestSession


def beat(client: TestClient, server_id: str = "nas", **rows: Any) -> str:
    """Send a heartbeat of now with these rows; its time as answers write it."""
    time = iso(now_ms())
    body = {"server_id": server_id, "hostname": server_id, "timestamp": time, **rows}
    answer = client.post("/api/v1/agents/heartbeat", json=body)
    assert answer.json().get("rejected") == [], answer.text
    return time


def root(used_bytes: int, state: str = "ok") -> dict[str, Any]:
    return {
        "mount_point": "/",
        "device": "/dev/sda1",
        "fs_type": "ext4",
        "total_bytes": 100,
        "used_bytes": used_bytes,
        "available_bytes": 100 - used_bytes,
        "percent": float(used_bytes),
        "state": state,
    }


class Listener:
    """Opens streams as a logged-in person, on the event loop that the application lives in."""

    def __init__(self, client: TestClient, person: TestClient) -> None:
        self.client = client
        self._authorization = person.headers["Authorization"]

    def connect(self, path: str, origin: str | None = None) -> WebSocketTestSession:
        headers = {"Authorization": self._authorization} | ({"Origin": origin} if origin else {})
        return self.client.websocket_connect(path, headers=headers)


def subscribed(socket: WebSocketTestSession, wish: dict[str, Any] | None = None) -> None:
    socket.send_json(wish or {})
    assert socket.receive_json()["type"] == "subscribed"
