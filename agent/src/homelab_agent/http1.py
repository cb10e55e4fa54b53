"""Requests over one kept connection: as much of HTTP/1.1 (RFC 9112) as an agent speaks.

The standard library's client brings the parser of e-mail, and looking up a name as text brings
Unicode's tables: together three megabytes that every host would hold for one POST.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from homelab_agent.address import Address

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 4 << 20
_READ_BYTES = 16 * 1024


class ProtocolError(Exception):
    """What came is no answer in HTTP/1.1."""


@dataclass(frozen=True)
class Response:
    """An answer; the names in `headers` are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """A connection that is kept. Raises OSError, and ProtocolError for what is no HTTP."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._received = b""

    @classmethod
    def to_host(cls, host: bytes, port: int, timeout_seconds: float) -> Connection:
        """Connect to a host."""
        # As bytes, which getaddrinfo() takes without loading a codec for international names.
        near = (host, port)
        connected = socket.create_connection(near, timeout_seconds)  # type: ignore[arg-type] # bytes are fine
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connected)

    @classmethod
    def to_path(cls, path: str, timeout_seconds: float) -> Connection:
        """Connect to a program of this machine that listens at a path."""
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connected.settimeout(timeout_seconds)
            connected.connect(path)
        except OSError:
            connected.close()
            raise
        return cls(connected)

    def tunnel(self, target: Address, headers: Mapping[str, str]) -> None:
        """Have a proxy connect through to `target`. Raises ProtocolError where it refuses."""
        self._send(f"CONNECT {target.authority}", {"Host": target.authority, **headers}, b"")
        response = self._read_response(tunnel=True)
        if response.status != 200:
            raise ProtocolError(f"the proxy answers {response.status}")

    def secure(self, context: ssl.SSLContext, host: bytes) -> bytes:
        """Begin TLS; give the server's certificate as DER."""
        secured = context.wrap_socket(self._socket, server_hostname=host)
        self._socket = secured
        return secured.getpeercert(binary_form=True) or b""

    def get(self, target: str, headers: Mapping[str, str]) -> Response:
        """Ask for something, and wait for the answer."""
        self._received = b""
        self._send(f"GET {target}", headers, b"")
        return self._read_response(tunnel=False)

    def post(self, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send a body, and wait for the answer."""
        self._received = b""
        self._send(f"POST {target}", {**headers, "Content-Length": str(len(body))}, body)
        return self._read_response(tunnel=False)

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _send(self, request: str, headers: Mapping[str, str], body: bytes) -> None:
        lines = [f"{request} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def _read_response(self, *, tunnel: bool) -> Response:
        status, headers = self._read_head()
        while 100 <= status < 200:
            status, headers = self._read_head()
        if tunnel and status == 200:
            return Response(status, headers, b"")
        return Response(status, headers, self._read_body(status, headers))

    def _read_head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._received:
            if len(self._received) > MAX_HEAD_BYTES:
                raise ProtocolError("its answer has no end of headers")
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise ProtocolError("its answer is not HTTP")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        return int(rest[:3]), headers

    def _read_body(self, status: int, headers: Mapping[str, str]) -> bytes:
        if status in {204, 304}:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = headers.get("content-length", "")
        if length.isdecimal():
            return self._take(_bounded(int(length)))
        # Neither: the answer ends with the connection.
        try:
            while len(self._received) <= MAX_BODY_BYTES:
                self._receive()
        except ConnectionResetError:
            return self._take(len(self._received))
        raise ProtocolError("its answer is too long")

    def _read_chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            text = self._read_line().partition(b";")[0].strip()
            try:
                size = int(text, 16)
            except ValueError:
                raise ProtocolError("its answer is no chunk") from None
            total = _bounded(total + _bounded(size))
            if size == 0:
                while self._read_line():  # trailers
                    pass
                return b"".join(parts)
            parts.append(self._take(size))
            self._read_line()

    def _read_line(self) -> bytes:
        while b"\r\n" not in self._received:
            if len(self._received) > MAX_HEAD_BYTES:
                raise ProtocolError("its answer has a line without end")
            self._receive()
        line, _, self._received = self._received.partition(b"\r\n")
        return line

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _receive(self) -> None:
        more = self._socket.recv(_READ_BYTES)
        if not more:
            raise ConnectionResetError("the connection was closed before the end of an answer")
        self._received += more


def _bounded(size: int) -> int:
    if not 0 <= size <= MAX_BODY_BYTES:
        raise ProtocolError("its answer is too long")
    return size
