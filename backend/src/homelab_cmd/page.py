"""The page's static files, and the headers that keep a browser safe."""

from __future__ import annotations

import gzip
import mimetypes
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WEB_FOLDER = Path(__file__).parent / "web"
BASE_OF_ROOT = '<base href="./" />'
"""What index.html says of where the page's root is; true for addresses of one part alone."""

# What shrinks; images and fonts are compressed in themselves.
_TEXTS = frozenset({".css", ".js", ".json", ".svg", ".txt", ".webmanifest"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ALWAYS_RAW = [(name.lower().encode(), value.encode()) for name, value in _ALWAYS.items()]
NOT_STORED = (b"cache-control", b"no-store")


class SafetyHeaders:
    """ASGI middleware: every answer carries them; answers of the API are not stored."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                message["headers"] = [*message["headers"], *ALWAYS_RAW]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Page:
    """The built page: its files by exact name, and `index.html` for every address of the page.

    The names are listed once at start, so a path is looked up, never joined: nothing outside the
    folder can be reached by any spelling.
    """

    def __init__(self, folder: Path = WEB_FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._compressed: dict[str, Response] = {}
        index = self._files.pop("index.html", None)
        self._index = None if index is None else index.read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._answer(scope)
        await response(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Only GET here.", 405, {"Allow": "GET, HEAD"})
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        path = self._files.get(name)
        if path is not None:
            return self._file(name, path, Headers(scope=scope))
        if self._index is None:
            return PlainTextResponse("The page is not built; see README.md.", 404)
        if "." in name.rpartition("/")[2] and name != "index.html":
            return PlainTextResponse("No such file.", 404)
        # Relative, so that it holds under whatever path a proxy serves the page.
        way_back = "../" * name.count("/") or "./"
        content = self._index.replace(BASE_OF_ROOT, f'<base href="{way_back}" />', 1)
        return HTMLResponse(content, headers={"Cache-Control": "no-cache"})

    def _file(self, name: str, path: Path, asked: Headers) -> Response:
        headers = {"Cache-Control": _lifetime(name)}
        if path.suffix not in _TEXTS:
            return FileResponse(path, headers=headers)
        headers["Vary"] = "Accept-Encoding"
        if "gzip" not in asked.get("accept-encoding", ""):
            return FileResponse(path, headers=headers)
        # Done once for each of a fixed list of files, some 20 ms for the largest.
        if name not in self._compressed:
            headers["Content-Encoding"] = "gzip"
            kind, _ = mimetypes.guess_type(name)
            content = gzip.compress(path.read_bytes(), mtime=0)
            self._compressed[name] = Response(content, headers=headers, media_type=kind)
        return self._compressed[name]


def _lifetime(name: str) -> str:
    # Vite puts a hash of the content into the names below assets/.
    return "public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
