"""The agents' two endpoints, as plain ASGI routes: FastAPI's own cost twice the work itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.datastructures import State
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from homelab_cmd.auth.principals import AgentIdentity
from homelab_cmd.errors import Unauthorized
from homelab_cmd.ingest.body import ClientDisconnectedError, headers_of, read_body

Take = Callable[[AgentIdentity, bytes], Awaitable[dict[str, Any]]]


class _Taking:
    """An ASGI application: credential, body, `take`, answer."""

    def __init__(self, choose: Callable[[State], Take]) -> None:
        self._choose = choose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state: State = scope["app"].state
        headers = headers_of(scope)
        identity = await state.agent_tokens.verify(_bearer(headers))
        try:
            body = await read_body(headers, receive)
        except ClientDisconnectedError:
            return
        answer = orjson.dumps(await self._choose(state)(identity, body))
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(answer)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})


def _bearer(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthorized("Send the agent's token: Authorization: Bearer <token>.")
    return token.strip().decode("latin-1")


routes = [
    Route(
        "/api/v1/agents/heartbeat",
        _Taking(lambda state: state.ingest.take),
        methods=["POST"],
    ),
    Route(
        "/api/v1/agents/heartbeats",
        _Taking(lambda state: state.ingest.take_batch),
        methods=["POST"],
    ),
]
