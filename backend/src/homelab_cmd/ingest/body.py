"""Reading a request's body within limits, before anything looks at it."""

from __future__ import annotations

import asyncio
import zlib

from homelab_agent.contract.heartbeat import MAX_DECODED_BYTES, MAX_WIRE_BYTES
from starlette.types import Receive, Scope

from homelab_cmd.errors import BadRequest, PayloadTooLarge, Unprocessable

BODY_DEADLINE_SECONDS = 30.0
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class ClientDisconnectedError(Exception):
    """The client went away before its body was whole."""


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers, names in lower case."""
    return dict(scope["headers"])


async def read_body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The decoded body. Raises PayloadTooLarge past 1 MiB on the wire or 8 MiB decoded."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > MAX_WIRE_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_DEADLINE_SECONDS):
            body = await _receive_all(receive)
    except TimeoutError:
        raise BadRequest("The body did not arrive within 30 s.", code="BODY_TIMEOUT") from None
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding in (b"", b"identity"):
        return body
    if encoding == b"gzip":
        return _gunzip(body)
    raise Unprocessable(
        "Content-Encoding: send gzip or nothing", code="UNKNOWN_ENCODING", path=["header"]
    )


async def _receive_all(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_WIRE_BYTES:
            raise _too_large()
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _gunzip(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decoded = unpacker.decompress(body, MAX_DECODED_BYTES + 1)
    except zlib.error:
        decoded = b""
    if len(decoded) > MAX_DECODED_BYTES:
        raise PayloadTooLarge(f"The body unpacks to more than {MAX_DECODED_BYTES} bytes.")
    if not unpacker.eof or unpacker.unused_data:
        raise BadRequest("The body is not whole gzip.", code="MALFORMED_GZIP")
    return decoded


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"The body has more than {MAX_WIRE_BYTES} bytes.")
