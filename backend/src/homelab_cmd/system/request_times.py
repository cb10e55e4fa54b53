"""How many requests there were and how long they took, by what they were for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

_INGEST_PREFIX = "/api/v1/agents/heartbeat"
_QUERY_PREFIXES = ("/api/", "/metrics")


@dataclass
class RequestTimes:
    """Counted since the start; only the event loop writes."""

    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, seconds: float) -> None:
        """Count one request."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds


class TimeRequests:
    """ASGI middleware that counts every HTTP request, failed ones too."""

    def __init__(self, app: ASGIApp, times: RequestTimes) -> None:
        self.app = app
        self.times = times

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            self.times.add(_kind(scope["path"]), time.perf_counter() - started)


def _kind(path: str) -> str:
    if path.startswith(_INGEST_PREFIX):
        return "ingest"
    return "query" if path.startswith(_QUERY_PREFIXES) else "page"
