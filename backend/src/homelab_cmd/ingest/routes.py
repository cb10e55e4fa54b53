"""The agents' two endpoints, as plain ASGI: FastAPI's own would cost twice the work itself.

They are answered before the middleware and the routing that all other requests pass, which takes a
fifth of the event loop's time for a heartbeat: `HeartbeatsFirst` adds what those would.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import State
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from homelab_cmd.auth.principals import AgentIdentity
from homelab_cmd.error_handlers import refusal_of
from homelab_cmd.errors import ApiError, Unauthorized
from homelab_cmd.ingest.body import ClientDisconnectedError, headers_of, read_body
from homelab_cmd.page import ALWAYS_RAW, NOT_STORED

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
                    *_SAFETY,
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})


def _bearer(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthorized("Send the agent's token: Authorization: Bearer <token>.")
    return token.strip().decode("latin-1")


_SAFETY = [*ALWAYS_RAW, NOT_STORED]
_TAKING = {
    "/api/v1/agents/heartbeat": _Taking(lambda state: state.ingest.take),
    "/api/v1/agents/heartbeats": _Taking(lambda state: state.ingest.take_batch),
}


class HeartbeatsFirst:
    """ASGI middleware: answers the agents' two endpoints, and passes on all else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        taking = _TAKING.get(scope["path"].removeprefix(scope["root_path"]))
        if taking is None:
            await self.app(scope, receive, send)
            return
        try:
            await taking(scope, receive, send)
        except (ApiError, DBAPIError) as error:
            answer = refusal_of(error)
            answer.raw_headers += _SAFETY
            await answer(scope, receive, send)


# Any other method is refused by the router, which so knows what there is.
routes = [Route(path, taking, methods=["POST"]) for path, taking in _TAKING.items()]
