"""One reader's WebSocket: who may open it, what goes over it, how it ends."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import anyio
from anyio.to_thread import run_sync
from fastapi import WebSocket
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from homelab_cmd.auth.dependencies import get_auth, is_same_origin, principal_of_bearer
from homelab_cmd.auth.principals import Principal
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import unavailable
from homelab_cmd.errors import ApiError, Forbidden, Unauthorized
from homelab_cmd.live.hub import GONE, TOO_SLOW, Event, Hub, Reader

PING_SECONDS = 15.0
# What comes within this time after a message goes into the next one: two hundred readers of a
# hundred hosts cost a twentieth of what a message for each heartbeat would. Readers take more or
# less of it, so that they do not all want their messages at the same moment.
GAP_SECONDS = (0.15, 0.35)
SEND_SECONDS = 10.0
CLOSE_SECONDS = 30.0

Encode = Callable[[list[Event]], Iterable[str]]
Hear = Callable[[str], str]


@dataclass
class _Stream:
    """An open stream. Who has the `turn` takes events and sends what comes of them."""

    websocket: WebSocket
    reader: Reader
    encode: Encode
    turn: anyio.Lock = field(default_factory=anyio.Lock)


async def authenticate(websocket: WebSocket) -> Principal:
    """Who opens the stream: by a one-time ticket in the URL, or by a bearer header.

    Cookies are not asked for: any page may open a WebSocket, and the browser would send them.
    Raises Unauthorized, Forbidden, Unavailable where the database is away.
    """
    try:
        return await _principal_of(websocket)
    except DBAPIError as error:
        raise unavailable(error) from error


async def _principal_of(websocket: WebSocket) -> Principal:
    if not is_same_origin(websocket, websocket.app.state.settings.public_url):
        raise Forbidden("This request comes from another site's page.", code="CROSS_ORIGIN")
    ticket = websocket.query_params.get("ticket")
    if ticket is not None:
        principal = await run_sync(get_auth(websocket).redeem_ticket, ticket)
        if principal is None:
            raise Unauthorized("This ticket is not valid (any more).", code="BAD_TICKET")
        return principal
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Open it with a ticket, or send a token.", code="NOT_AUTHENTICATED")
    return await run_sync(principal_of_bearer, websocket, token.strip())


async def refuse(websocket: WebSocket, error: ApiError) -> None:
    """Answer the handshake with the error instead of opening a stream."""
    await websocket.send_denial_response(JSONResponse(error.body(), error.status, error.headers))


async def run(websocket: WebSocket, principal: Principal, encode: Encode, hear: Hear) -> None:
    """Accept, and pass on what `encode` makes of the events until either side ends.

    encode: the messages for some events, none where the reader asked for nothing of them
    hear:   the answer to a message of the reader's
    """
    hub: Hub = websocket.app.state.hub
    await websocket.accept()
    reader = hub.listen(principal)
    try:
        async with anyio.create_task_group() as tasks:
            reader.on_end = tasks.cancel_scope.cancel
            stream = _Stream(websocket, reader, encode)
            tasks.start_soon(_hear, stream, hear)
            tasks.start_soon(_talk, stream)
    finally:
        hub.leave(reader)
    if reader.ending is not None and reader.ending is not GONE:
        # One who reads nothing now may read on later, and then learns why it ended.
        with anyio.move_on_after(CLOSE_SECONDS), contextlib.suppress(WebSocketDisconnect):
            await websocket.close(reader.ending.code, reader.ending.reason)


async def _hear(stream: _Stream, hear: Hear) -> None:
    while True:
        message = await stream.websocket.receive()
        if message["type"] == "websocket.disconnect":
            stream.reader.end(GONE)
            return
        async with stream.turn:
            # What was committed before the message is told as was asked for until then.
            before = list(stream.encode(stream.reader.take()))
            for text in (*before, hear(message.get("text") or "")):
                await _send(stream, text)


async def _talk(stream: _Stream) -> None:
    gap_seconds = random.uniform(*GAP_SECONDS)  # noqa: S311 - nobody gains by guessing it
    while True:
        with anyio.move_on_after(PING_SECONDS) as waiting:
            await stream.reader.wait()
        async with stream.turn:
            messages = stream.encode(stream.reader.take())
            if waiting.cancelled_caught:
                messages = (f'{{"type":"ping","server_time":"{iso(now_ms())}"}}',)
            for message in messages:
                await _send(stream, message)
        await anyio.sleep(gap_seconds)


async def _send(stream: _Stream, message: str) -> None:
    try:
        with anyio.fail_after(SEND_SECONDS):
            await stream.websocket.send_text(message)
    except TimeoutError:
        stream.reader.end(TOO_SLOW)
    except (WebSocketDisconnect, WebSocketDisconnected):  # at the first message, or at a later one
        stream.reader.end(GONE)
