"""No request body is read past 1 MiB; what is longer gets our JSON error.

The framework's own limit answers in plain text, and replaces an answer that had the right shape.
"""

from __future__ import annotations

from homelab_agent.contract.heartbeat import MAX_WIRE_BYTES
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homelab_cmd.errors import PayloadTooLarge


class LimitBody:
    """ASGI middleware: judged by the declared length at once, else as the body arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        if _declared_bytes(scope) > MAX_WIRE_BYTES:
            refusal = PayloadTooLarge(f"The body has more than {MAX_WIRE_BYTES} bytes.")
            await JSONResponse(refusal.body(), refusal.status)(scope, receive, send)
            return
        size_bytes = 0

        async def receive_within() -> Message:
            nonlocal size_bytes
            message = await receive()
            size_bytes += len(message.get("body", b""))
            if size_bytes > MAX_WIRE_BYTES:
                raise HTTPException(PayloadTooLarge.status, "Payload too large")
            return message

        await self.app(scope, receive_within, send)


def _declared_bytes(scope: Scope) -> int:
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(declared) if declared.isdigit() else 0
