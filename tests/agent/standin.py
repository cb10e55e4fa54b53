"""A small server that speaks the contract over real HTTP, and keeps what it accepted."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from homelab_agent.clock import iso, now_ms, parse_iso

TLS = Path(__file__).parent.parent / "fixtures/tls"
Reply = tuple[int, dict[str, Any], dict[str, str]]
MAX_AHEAD_MS = 5 * 60_000
MAX_AGE_MS = 29 * 86_400_000


@dataclass
class Request:
    """What came in."""

    path: str
    headers: dict[str, str]
    body: Any
    wire_bytes: int
    connection: int


def tls_server() -> ssl.SSLContext:
    """TLS with the certificate of the fixtures."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    return context


def error(status: int, code: str, message: str = "for a reason", **headers: str) -> Reply:
    return status, {"detail": {"code": code, "message": message}}, headers


@dataclass
class StandIn:
    """Accepts heartbeats as the contract has it; `refuse` may answer a request otherwise.

    accepted:  (timestamp in ms) → sequence, of what was acknowledged
    """

    refuse: Callable[[Request], Reply | None] = lambda _request: None
    now_ms: Callable[[], int] = now_ms
    next_interval_seconds: float | None = None
    requests: list[Request] = field(default_factory=list)
    accepted: dict[int, int] = field(default_factory=dict)
    heartbeats: list[dict[str, Any]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        refusal = self.refuse(request)
        if refusal is not None:
            return refusal
        if request.path.endswith("/heartbeat"):
            return self._take(request.body)
        results = []
        for heartbeat in request.body["heartbeats"]:
            status, fields, _ = self._take(heartbeat)
            if status == 200:
                results.append({"timestamp": heartbeat["timestamp"], **fields})
            else:
                detail = fields["detail"]
                results.append({"timestamp": None, "status": "refused", **detail})
        return 200, {"results": results, "server_time": iso(self.now_ms())}, {}

    def _take(self, heartbeat: dict[str, Any]) -> Reply:
        time_ms = parse_iso(heartbeat["timestamp"])
        assert time_ms is not None
        now = self.now_ms()
        if not now - MAX_AGE_MS <= time_ms <= now + MAX_AHEAD_MS:
            status, fields, headers = error(422, "TIMESTAMP_OUT_OF_REACH")
            return status, {**fields, "server_time": iso(now)}, headers
        sequence = heartbeat["sequence"]
        with self.arrived:
            if self.accepted.setdefault(time_ms, sequence) != sequence:
                return error(409, "TIME_TAKEN")
            self.heartbeats.append(heartbeat)
            self.arrived.notify_all()
        fields = {
            "status": "ok",
            "rejected": [],
            "server_time": iso(now),
            "next_interval_seconds": self.next_interval_seconds,
        }
        return 200, fields, {}

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until enough has arrived. Raises AssertionError when it does not."""
        with self.arrived:
            assert self.arrived.wait_for(condition, seconds), self.accepted


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        plain = zlib.decompress(raw, 31) if self.headers["Content-Encoding"] == "gzip" else raw
        server = self.server
        assert isinstance(server, Listening)
        request = Request(
            self.path, dict(self.headers), json.loads(plain), len(raw), self.client_address[1]
        )
        status, fields, headers = server.stand_in.answer(request)
        content = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)
        if headers.get("Connection") == "close":
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


class Listening(ThreadingHTTPServer):
    """A stand-in behind a port of this machine."""

    daemon_threads = False

    def __init__(
        self, stand_in: StandIn, *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.stand_in = stand_in
        self.open: set[Any] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about clients that went away."""

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def stop(self) -> None:
        """End at once: close the port and every connection."""
        self.shutdown()
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
