import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence

import httpx
import pytest
from homelab_cmd.outgoing import (
    BadUrl,
    Broken,
    ForbiddenAddress,
    GuardedTransport,
    OutgoingClient,
    TimedOut,
    TooLarge,
    Unreachable,
    checked_url,
    is_allowed,
    without_password,
)


@contextlib.contextmanager
def server(reply: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """One that answers every connection with these bytes; yields its port and what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    heads: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                heads.append(connection.recv(65_536))
                connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heads
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def get(url: str, *, seconds: float = 10, max_bytes: int = 1_000) -> tuple[int, bytes]:
    async def call() -> tuple[int, bytes]:
        client = OutgoingClient(seconds=seconds, max_bytes=max_bytes)
        answer = await client.get(checked_url(url), {})
        return answer.status, answer.body

    return asyncio.run(call())


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Each look-up of a name gives the next of `answers`; returns the names looked up."""
    asked: list[str] = []
    rounds = iter(answers)
    original = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *rest: object, **more: object) -> object:
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return original(host, port, *rest, **more)  # type: ignore[arg-type]  # passed on as is
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in next(rounds)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def test_an_answer_is_read_whole() -> None:
    with server(OK) as (port, _):
        assert get(f"http://127.0.0.1:{port}/") == (200, b"hi")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "192.168.1.10",
        "10.0.0.1",
        "100.64.0.7",  # a tailnet
        "fd12:3456::1",
        "2001:4860:4860::8888",
        "8.8.8.8",
        "::ffff:192.168.1.10",
    ],
)
def test_the_home_and_the_internet_are_called(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "2002:a9fe:a9fe::",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
    ],
)
def test_link_local_reserved_and_metadata_addresses_are_not(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "2852039166",  # 169.254.169.254 as one number
        "0xa9fea9fe",
        "0251.0376.0251.0376",
    ],
)
def test_a_forbidden_address_in_any_spelling_is_not_called(host: str) -> None:
    with pytest.raises((ForbiddenAddress, BadUrl)):
        get(f"http://{host}/latest/meta-data/")


def test_a_name_that_resolves_to_a_forbidden_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, ["169.254.169.254"])
    with pytest.raises(ForbiddenAddress):
        get("http://innocent.example/")


def test_a_name_is_resolved_once_so_it_cannot_change_between_check_and_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server(OK) as (port, heads):
        asked = resolve_to(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
        assert get(f"http://rebinding.example:{port}/") == (200, b"hi")
        assert asked == ["rebinding.example"]
        assert f"Host: rebinding.example:{port}".encode() in heads[0]


def test_the_next_address_is_tried_where_the_first_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server(OK) as (port, _):
        resolve_to(monkeypatch, ["169.254.1.1", "::1", "127.0.0.1"])
        assert get(f"http://two-legs.example:{port}/") == (200, b"hi")


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with server(OK) as (target, reached):
        location = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{target}/\r\n"
        with server(f"{location}Content-Length: 0\r\n\r\n".encode()) as (port, _):
            assert get(f"http://127.0.0.1:{port}/") == (302, b"")
        assert reached == []


@pytest.mark.parametrize("length", [b"Content-Length: 1001\r\n", b""])
def test_more_than_asked_for_is_cut(length: bytes) -> None:
    with (
        server(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b"x" * 1_001) as (port, _),
        pytest.raises(TooLarge, match="sends more than 1,000 bytes"),
    ):
        get(f"http://127.0.0.1:{port}/")
    with server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000) as (port, _):
        assert get(f"http://127.0.0.1:{port}/") == (200, b"x" * 1_000)


def test_a_packed_answer_is_not_unpacked() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"
    with server(reply) as (port, heads):
        with pytest.raises(Broken, match="packs its answer"):
            get(f"http://127.0.0.1:{port}/")
        assert b"Accept-Encoding: identity" in heads[0]


def test_endless_headers_are_cut() -> None:
    with (
        server(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000) as (port, _),
        pytest.raises(Broken),
    ):
        get(f"http://127.0.0.1:{port}/")


def test_the_time_is_for_the_whole_call() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, pytest.raises(TimedOut, match=r"gave no whole answer within 0\.2 s"):
        get(f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.2)


def test_timing_out_gives_the_connection_back() -> None:
    """Calls are cut off at whatever they are just doing; none may keep its place in the pool."""

    async def held_after(url: httpx.URL) -> Sequence[object]:
        client = OutgoingClient(seconds=10, max_bytes=1_000)
        for step in range(200):
            client._seconds = 0.000_05 * (step + 1)
            with contextlib.suppress(TimedOut):
                await client.get(url, {})
        transport = client._client._transport
        assert isinstance(transport, GuardedTransport)
        return transport._inner._pool.connections

    with server(OK) as (port, _):
        assert asyncio.run(held_after(checked_url(f"http://127.0.0.1:{port}/"))) == []


def test_an_unknown_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match=r"known for the name 'nowhere\.example'"):
        get("http://nowhere.example/")


def test_a_name_too_long_to_be_one_is_said() -> None:
    with pytest.raises((Unreachable, BadUrl)):
        get(f"http://{'x' * 70}.example/")


def test_plain_http_where_tls_was_asked_for_is_said() -> None:
    with server(OK) as (port, _), pytest.raises(Unreachable, match="can't be trusted: "):
        get(f"https://127.0.0.1:{port}/")


def test_what_is_shown_of_a_url_holds_no_secret() -> None:
    url = checked_url("http://me:hidden@nas.lan:19999/netdata/?token=hidden#hidden")
    assert without_password(url) == "http://nas.lan:19999/netdata"


def test_a_bad_url_is_not_repeated() -> None:
    with pytest.raises(BadUrl) as caught:
        checked_url("ftp://me:hidden@nas.lan/")
    assert "hidden" not in str(caught.value)
