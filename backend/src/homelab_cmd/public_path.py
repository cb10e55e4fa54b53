"""Below a path of a reverse proxy that passes the path on instead of taking it off."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def path_of(public_url: str) -> str:
    """The path in the server's public URL, without a slash at its end; "" at the root."""
    return urlsplit(public_url).path.rstrip("/")


class TakePathOff:
    """ASGI middleware: with the public path `/monitor`, `/monitor/hosts/nas` is `/hosts/nas`.

    What comes without the path is left alone: a proxy may have taken it off, and agents of the
    same network may come past the proxy.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get("path", "")
        if asked.startswith(f"{self._path}/"):
            raw = scope.get("raw_path") or b""
            prefix = self._path.encode()
            scope = {**scope, "path": asked[len(self._path) :]}
            if raw.startswith(prefix):
                scope["raw_path"] = raw[len(prefix) :]
        elif asked == self._path and scope["type"] == "http":
            # The page's addresses are relative: without the slash they would lead out of the path.
            back = RedirectResponse(f"./{self._path.rpartition('/')[2]}/", 308)
            await back(scope, receive, send)
            return
        await self.app(scope, receive, send)
