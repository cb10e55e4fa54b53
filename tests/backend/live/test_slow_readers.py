"""Readers that take nothing, over real sockets: they are let go, and nobody waits for them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from homelab_agent.contract import Filesystem
from homelab_cmd.app import create_app
from homelab_cmd.auth.principals import Client
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.live import stream
from homelab_cmd.live.hub import TOO_SLOW
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ROWS = [Filesystem(f"/{'x' * 200}{n}", "/dev/sda1", "ext4", 1, 1, 0, 100.0) for n in range(100)]


@pytest.fixture
def served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FastAPI, int]]:
    """The application behind a real server, in a thread, and its port."""
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.2)
    app = create_app(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, ws_per_message_deflate=False, timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield app, listener.getsockname()[1]
    server.should_exit = True
    thread.join()


def credential(app: FastAPI) -> dict[str, str]:
    auth = app.state.auth
    login = auth.set_up(auth.issue_setup_token(), "anna", "correct horse battery", Client("test"))
    with app.state.database.write() as session:
        create_server(session, "nas")
    return {"Authorization": f"Bearer {login.access_token}"}


async def subscribe(port: int, headers: dict[str, str]) -> ClientConnection:
    reader = await connect(
        f"ws://127.0.0.1:{port}/ws/live",
        additional_headers=headers,
        compression=None,
        max_queue=None,
        ping_interval=None,
    )
    await reader.send("{}")
    await reader.recv()
    return reader


def publish(app: FastAPI, time_ms: int) -> None:
    app.state.hub.publish([Heartbeat(1, time_ms, None, None, None, {"filesystem": ROWS})])


async def read_on(reader: ClientConnection) -> None:
    while True:
        await reader.recv()


async def let_go(app: FastAPI, headers: dict[str, str], port: int) -> tuple[int, int | None]:
    """Publish until the stalled reader is gone; what the quick one got, and the stalled's end."""
    stalled, quick = await subscribe(port, headers), await subscribe(port, headers)
    stalled.transport.pause_reading()
    sent = 0
    while len(app.state.hub.readers) > 1:
        assert sent < 20_000
        publish(app, sent)
        sent += 1
        await asyncio.sleep(0.001)
    heard = 0
    while heard < sent:
        heard += (await quick.recv()).count("timestamp")  # type: ignore[arg-type]  # text
    await quick.close()
    stalled.transport.resume_reading()
    with pytest.raises(ConnectionClosed) as caught:
        await read_on(stalled)
    return heard - sent, caught.value.rcvd.code if caught.value.rcvd else None


def test_one_who_reads_nothing_is_let_go_and_told_why_and_the_other_misses_nothing(
    served: tuple[FastAPI, int],
) -> None:
    app, port = served
    headers = credential(app)
    assert asyncio.run(let_go(app, headers, port)) == (0, TOO_SLOW.code)
