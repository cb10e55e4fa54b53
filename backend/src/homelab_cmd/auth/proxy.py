"""What a reverse proxy says of a request: whom it logged in, believed of named proxies alone."""

from __future__ import annotations

import ipaddress
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from homelab_cmd.settings import Settings

_PEER = "homelab_cmd.peer"


class RememberPeer:
    """ASGI middleware, the outermost: keeps who really connected.

    uvicorn's own then puts the address that the proxy names into its place.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_PEER] = scope.get("client")
        await self._app(scope, receive, send)


def behind_proxies(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as it sees addresses and schemes that trusted proxies name."""
    trusted = [str(network) for network in settings.proxy_networks]
    inner: Any = app  # uvicorn describes ASGI by types of its own
    forwarded: Any = ProxyHeadersMiddleware(inner, trusted)
    return RememberPeer(forwarded)


def user_of_proxy(scope: Scope, settings: Settings) -> str | None:
    """The user whom a trusted proxy names; None without one, or from anybody else."""
    header = settings.proxy_user_header.lower().encode()
    peer = scope.get(_PEER) or scope.get("client")
    if not header or peer is None or not _is_trusted(peer[0], settings):
        return None
    named = [value for name, value in scope["headers"] if name == header]
    # Two of them: one may be a visitor's own, which the proxy let through.
    return named[0].decode("latin-1").strip() or None if len(named) == 1 else None


def _is_trusted(address: str, settings: Settings) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in settings.proxy_networks)
