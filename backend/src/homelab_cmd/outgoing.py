"""The one guarded client for calls that the server makes to others.

http and https only, no redirects, no proxy from the environment, never a link-local or metadata
address, the name resolved once and exactly what was checked connected to, size and time bounded.

OutgoingError           its text is the rest of a sentence about the address: "refused the …"
├── BadUrl              nothing that can be called
├── ForbiddenAddress    the name leads where we never go
├── Unreachable         no such name, no route, refused, TLS not agreed on
├── TimedOut            no whole answer within the time
├── Broken              reset, cut short, or not HTTP
└── TooLarge            more than was asked for
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import anyio
import httpx

# httpx writes every URL it calls into the log, with the password that may be in it.
for _logger in ("httpx", "httpcore"):
    logging.getLogger(_logger).setLevel(logging.WARNING)

_PORTS = {"http": 80, "https": 443}

# Cloud metadata services that do not live on link-local addresses (AWS over IPv6, Alibaba,
# Oracle, Azure). Whoever can make us fetch from there gets the machine's credentials.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)


class OutgoingError(Exception):
    """A call that gave no answer."""


class BadUrl(OutgoingError):
    """The URL is malformed or of a scheme we do not speak."""


class ForbiddenAddress(OutgoingError):
    """The host is, or resolves to, an address that is never called."""


class Unreachable(OutgoingError):
    """No connection came about."""


class TimedOut(OutgoingError):
    """The whole answer did not come within the time."""


class Broken(OutgoingError):
    """A connection, but no whole HTTP answer over it."""


class TooLarge(OutgoingError):
    """The answer exceeds the limit; the rest was not read."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of any status, read whole."""

    status: int
    headers: httpx.Headers
    body: bytes


def checked_url(text: str) -> httpx.URL:
    """`text` as a URL that can be called. Raises BadUrl, whose text never repeats the URL.

    (It may hold a password.)
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise BadUrl("is not a URL; it should look like http://127.0.0.1:19999") from None
    if url.scheme not in _PORTS:
        raise BadUrl("must start with http:// or https://")
    if not url.host:
        raise BadUrl("names no host")
    if url.port is not None and not 1 <= url.port <= 65_535:
        raise BadUrl(f"has the port {url.port}, which is not between 1 and 65535")
    return url


def without_password(url: httpx.URL) -> str:
    """The URL as it may be shown: no user, no password, no query."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")


def is_allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether we connect there: the home's networks and the internet, but nothing link-local."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_allowed(inner)
    if address.is_loopback:  # first, as ::1 lies in a range that counts as reserved
        return True
    return not (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified  # 0.0.0.0 reaches this very host
        or address.is_reserved
        or address in _METADATA_ADDRESSES
    )


async def resolve(host: str, port: int) -> list[str]:
    """The allowed addresses of `host`, in the resolver's order, each once.

    Raises Unreachable for an unknown name, ForbiddenAddress if none may be called.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(f"can't be reached: no address is known for the name {host!r}") from None
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    allowed = [text for text in addresses if is_allowed(ipaddress.ip_address(text))]
    if not allowed:
        raise ForbiddenAddress(f"is not called: {next(iter(addresses))} is link-local or reserved")
    return allowed


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to an address that was checked, and to no other; for any httpx client.

    Connections are not kept: their pool tells them apart by address alone, and one address
    may carry several names with a certificate each.
    """

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = checked_url(str(request.url)).host
        addresses = await resolve(host, request.url.port or _PORTS[request.url.scheme])
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # as with localhost: ::1 comes first, and many listen on 127.0.0.1 alone
        return await self._inner.handle_async_request(_pinned(request, addresses[-1]))

    async def aclose(self) -> None:
        await self._inner.aclose()


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    # The Host header is set already, from the name; TLS is checked against the name too.
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


class OutgoingClient:
    """Calls within limits: `seconds` for each as a whole, `max_bytes` for the answer's body."""

    def __init__(self, *, seconds: float, max_bytes: int) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(),
            trust_env=False,
            follow_redirects=False,
            # Half the time for a connection leaves the other half for a host's next address.
            timeout=httpx.Timeout(seconds, connect=seconds / 2),
            # Packed, a small answer could unfold to gigabytes.
            headers={"Accept-Encoding": "identity"},
        )

    async def get(
        self,
        url: httpx.URL,
        params: Mapping[str, str | int] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """The answer, whatever its status. Raises OutgoingError."""
        target = url.copy_merge_params(params)
        return await self._send(self._client.build_request("GET", target, headers=dict(headers)))

    async def post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a POST, whatever its status. Raises OutgoingError."""
        request = self._client.build_request("POST", url, headers=dict(headers), content=body)
        return await self._send(request)

    async def _send(self, request: httpx.Request) -> Answer:
        try:
            # anyio's timeout, for asyncio's would cancel httpcore where it gives its connection
            # back, and the pool's place would be lost.
            with anyio.fail_after(self._seconds):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._read(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise TimedOut(f"gave no whole answer within {self._seconds:g} s") from None
        except httpx.ConnectError as error:
            raise Unreachable(_why_unreachable(error)) from None
        except httpx.TransportError:
            raise Broken("closed the connection without a whole answer") from None
        return Answer(response.status_code, response.headers, body)

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Broken("packs its answer, which it was asked not to")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self._max_bytes:
                raise TooLarge(f"sends more than {self._max_bytes:,} bytes")
        return bytes(body)


def _why_unreachable(error: httpx.ConnectError) -> str:
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection"
        if isinstance(cause, ssl.SSLError):
            return f"can't be trusted: {cause.reason or 'TLS failed'}"
    return "can't be reached"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
