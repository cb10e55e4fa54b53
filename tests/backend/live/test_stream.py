"""A reader's stream on a server that is played: what a real one does only now and then."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

from homelab_agent.contract import HostMetrics
from homelab_cmd.auth.principals import Principal, Scope
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.live import stream
from homelab_cmd.live.hub import Event, Hub
from starlette.types import Message
from starlette.websockets import WebSocket

ANNA = Principal("user", 1, "anna", Scope.READ, session_id=1)


def each(events: list[Event]) -> list[str]:
    """A message for every event."""
    return [str(event.heartbeat.time_ms) for event in events]


def beat(time_ms: int) -> Heartbeat:
    return Heartbeat(1, time_ms, None, None, None, {"host": [HostMetrics()]})


class Connection:
    """What uvicorn gives to an application, for one WebSocket."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.breaks = breaks
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.told: asyncio.Queue[Message] = asyncio.Queue()
        self.told.put_nowait({"type": "websocket.connect"})

    async def send(self, message: Message) -> None:
        if self.breaks and message["type"] == "websocket.send":
            raise OSError("Connection lost")
        self.sent.put_nowait(message)

    async def text(self) -> str:
        """The next message."""
        while (message := await self.sent.get())["type"] != "websocket.send":
            pass
        return str(message["text"])

    async def run(self, hub: Hub, hear: Callable[[str], str]) -> None:
        scope = {"type": "websocket", "app": SimpleNamespace(state=SimpleNamespace(hub=hub))}
        websocket = WebSocket(scope, self.told.get, self.send)
        await stream.run(websocket, ANNA, each, hear)


def test_a_connection_that_breaks_before_the_last_of_several_messages_is_no_error() -> None:
    async def main() -> None:
        hub, connection = Hub(lambda: {1: "nas"}), Connection(breaks=True)
        running = asyncio.create_task(connection.run(hub, str))
        assert (await connection.sent.get())["type"] == "websocket.accept"
        await asyncio.sleep(0)
        hub.publish([beat(1), beat(2), beat(3)])
        await running
        assert not hub.readers

    asyncio.run(main())


def test_what_was_committed_before_a_message_is_told_before_its_answer() -> None:
    async def main() -> None:
        hub, connection = Hub(lambda: {1: "nas"}), Connection()
        running = asyncio.create_task(connection.run(hub, lambda text: f"heard {text}"))
        assert (await connection.sent.get())["type"] == "websocket.accept"
        await asyncio.sleep(0)
        hub.publish([beat(1)])
        assert await connection.text() == "1"
        hub.publish([beat(2)])  # within the gap after a message
        await asyncio.sleep(0)
        connection.told.put_nowait({"type": "websocket.receive", "text": "other"})
        assert [await connection.text(), await connection.text()] == ["2", "heard other"]
        connection.told.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await running

    asyncio.run(main())
