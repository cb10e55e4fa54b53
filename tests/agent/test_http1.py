"""HTTP/1.1 from a server that answers in every form, good and bad."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from homelab_agent.address import Address, parse_address
from homelab_agent.http1 import Connection, ProtocolError, Response

Serve = Callable[[bytes], Connection]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that makes a connection to a server which answers with given bytes."""
    closing: list[Callable[[], object]] = []

    def start(answer: bytes) -> Connection:
        server = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            accepted, _ = server.accept()
            with accepted, suppress(OSError):  # the other side may have seen enough
                accepted.recv(10_000)
                for place in range(0, len(answer), 7):  # in small pieces, as a network may
                    accepted.sendall(answer[place : place + 7])

        thread = threading.Thread(target=run)
        thread.start()
        connection = Connection.to_host(b"127.0.0.1", server.getsockname()[1], 10)
        closing.extend([connection.close, thread.join, server.close])
        return connection

    yield start
    for close in closing:
        close()


def post(connection: Connection) -> Response:
    return connection.post("/path", {"Host": "nas"}, b"{}")


@pytest.mark.parametrize(
    "answer, status, body",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.0 500 Oh\r\n\r\nuntil the end", 500, b"until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            200,
            b"ok",
        ),
        (
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n"
            ),
            200,
            b"hello world",
        ),
    ],
)
def test_forms_of_an_answer(serve: Serve, answer: bytes, status: int, body: bytes) -> None:
    response = post(serve(answer))
    assert (response.status, response.body) == (status, body)


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail ready\r\n\r\n",
        b"HTTP/1.1 twohundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnumber\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
    ],
)
def test_what_is_no_answer(serve: Serve, answer: bytes) -> None:
    with pytest.raises(ProtocolError):
        post(serve(answer))


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"],
)
def test_a_connection_that_ends_too_soon(serve: Serve, answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        post(serve(answer))


def test_an_answer_without_an_end_is_given_up(serve: Serve) -> None:
    connection = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 200_000)
    with pytest.raises(ProtocolError, match="line without end"):
        post(connection)


def test_a_tunnel_and_one_that_is_refused(serve: Serve) -> None:
    nas = parse_address("https://nas.lan")
    serve(b"HTTP/1.1 200 Connection established\r\n\r\n").tunnel(nas, {})
    with pytest.raises(ProtocolError, match="the proxy answers 407"):
        serve(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n").tunnel(nas, {})


@pytest.mark.parametrize(
    "text, address",
    [
        ("http://nas", Address("http", "nas", 80)),
        ("HTTPS://NAS.lan:8443/monitor/", Address("https", "nas.lan", 8443, "/monitor")),
        ("http://[fd00::2]:8080", Address("http", "fd00::2", 8080)),
        ("http://me:pw@proxy:1", Address("http", "proxy", 1, user="me:pw")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "nas", "nas:80", "http://", "http://a b", "http://a:0", "http://a:99999"),
        *("ftp://a", "http://a?b", "http://a#b", "http://[::1"),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no address|has no port"):
        parse_address(text)


def test_hosts_on_the_wire() -> None:
    assert parse_address("http://[fd00::2]:80").authority == "[fd00::2]:80"
    assert parse_address("http://küche.lan").authority == "xn--kche-0ra.lan:80"
