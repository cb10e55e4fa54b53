"""One reader's WebSocket: who may open it, what goes over it, how it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

import anyio
from anyio.to_thread import run_sync
from fastapi import WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from homelab_cmd.auth.dependencies import get_auth, is_same_origin, principal_of_bearer
from homelab_cmd.auth.principals import Principal
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.errors import ApiError, Forbidden, Unauthorized
from homelab_cmd.live.hub import GONE, TOO_SLOW, Event, Hub, Reader

PING_SECONDS = 15.0
# What comes within this time after a message goes into the next one: two hundred readers of a
# hundred hosts cost a tenth of what a message for each heartbeat would.
GAP_SECONDS = 0.1
SEND_SECONDS = 10.0
CLOSE_SECONDS = 30.0

Encode = Callable[[list[Event]], Iterable[str]]
Hear = Callable[[str], str]


async def authenticate(websocket: WebSocket) -> Principal:
    """Who opens the stream: by a one-time ticket in the URL, or by a bearer header.

    Cookies are not asked for: any page may open a WebSocket, and the browser would send them.
    Raises Unauthorized, Forbidden.
    """
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
            tasks.start_soon(_hear, websocket, reader, hear)
            tasks.start_soon(_talk, websocket, reader, encode)
    finally:
        hub.leave(reader)
    if reader.ending is not None and reader.ending is not GONE:
        # One who reads nothing now may read on later, and then learns why it ended.
        with anyio.move_on_after(CLOSE_SECONDS), contextlib.suppress(WebSocketDisconnect):
            await websocket.close(reader.ending.code, reader.ending.reason)


async def _hear(websocket: WebSocket, reader: Reader, hear: Hear) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            reader.end(GONE)
            return
        await _send(websocket, reader, hear(message.get("text") or ""))


async def _talk(websocket: WebSocket, reader: Reader, encode: Encode) -> None:
    while True:
        messages: Iterable[str] = ()
        with anyio.move_on_after(PING_SECONDS) as waiting:
            messages = encode(await reader.events())
        if waiting.cancelled_caught:
            messages = (f'{{"type":"ping","server_time":"{iso(now_ms())}"}}',)
        for message in messages:
            await _send(websocket, reader, message)
        await anyio.sleep(GAP_SECONDS)


async def _send(websocket: WebSocket, reader: Reader, message: str) -> None:
    try:
        with anyio.fail_after(SEND_SECONDS):
            await websocket.send_text(message)
    except TimeoutError:
        reader.end(TOO_SLOW)
    except WebSocketDisconnect:
        reader.end(GONE)
