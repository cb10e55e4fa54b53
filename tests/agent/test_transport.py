"""The connection: kept, trusted or not, through a proxy, and what is said when it fails."""

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.address import Address, parse_address
from homelab_agent.config import ConfigError
from homelab_agent.sender import compress
from homelab_agent.transport import Proxy, Transport, UnreachableError, proxy_for

from tests.agent.standin import TLS, Listening, StandIn, error

Listen = Callable[..., Listening]
BODY = compress(b'{"timestamp":"2026-11-21T07:00:00Z","sequence":1}')
PATH = "/api/v1/agents/heartbeat"


def test_one_connection_serves_many_posts(listen: Listen) -> None:
    stand_in = StandIn(refuse=lambda _request: error(503, "UNAVAILABLE", Retry_After="7"))
    transport = Transport(listen(stand_in).url)
    for _ in range(4):
        transport.post(PATH, BODY, token="secret")
    answer = transport.post(PATH, BODY, token="secret")
    assert (answer.status, answer.code, answer.retry_after_seconds) == (503, "UNAVAILABLE", 7.0)
    assert len({request.connection for request in stand_in.requests}) == 1
    assert stand_in.requests[0].headers["Authorization"] == "Bearer secret"
    transport.close()


def test_an_idle_connection_that_the_server_closed_costs_nothing(listen: Listen) -> None:
    stand_in = StandIn(refuse=lambda _request: error(200, ""))
    server = listen(stand_in)
    transport = Transport(server.url)
    transport.post(PATH, BODY)
    for connection in server.open:
        connection.shutdown(socket.SHUT_RDWR)
    assert transport.post(PATH, BODY).status == 200
    assert len({request.connection for request in stand_in.requests}) == 2
    transport.close()


def test_a_path_before_the_api(listen: Listen) -> None:
    stand_in = StandIn(refuse=lambda _request: error(200, ""))
    transport = Transport(listen(stand_in).url + "/monitor")
    transport.post(PATH, BODY)
    assert stand_in.requests[0].path == "/monitor" + PATH
    transport.close()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port} can't be reached: Connection"):
        Transport(f"http://127.0.0.1:{port}").post(PATH, BODY)


def test_somebody_who_speaks_another_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"220 mail ready\r\n\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(UnreachableError):
            Transport(f"http://127.0.0.1:{server.getsockname()[1]}").post(PATH, BODY)
        thread.join()


def test_an_answer_that_is_no_json() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>")

        thread = threading.Thread(target=answer)
        thread.start()
        transport = Transport(f"http://127.0.0.1:{server.getsockname()[1]}")
        found = transport.post(PATH, BODY)
        thread.join()
    assert (found.status, found.fields, found.message) == (502, {}, "status 502")
    transport.close()


def fingerprint() -> str:
    der = ssl.PEM_cert_to_DER_cert((TLS / "server.pem").read_text())
    return hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize(
    "trust", [{"ca_file": str(TLS / "server.pem")}, {"fingerprint": fingerprint()}]
)
def test_trusted_certificates(listen: Listen, trust: dict[str, Any]) -> None:
    stand_in = StandIn(refuse=lambda _request: error(200, ""))
    transport = Transport(listen(stand_in, secure=True).url, **trust)
    assert transport.post(PATH, BODY).status == 200
    transport.close()


@pytest.mark.parametrize(
    "trust, reason",
    [
        ({}, "the certificate of 127.0.0.1:.* is not trusted: self-signed certificate"),
        ({"ca_file": str(TLS / "other.pem")}, "is not trusted"),
        ({"fingerprint": "ab" * 32}, "its certificate has another fingerprint"),
    ],
)
def test_a_stranger_sees_neither_token_nor_sample(
    listen: Listen, trust: dict[str, Any], reason: str
) -> None:
    stand_in = StandIn()
    transport = Transport(listen(stand_in, secure=True).url, **trust)
    with pytest.raises(UnreachableError, match=reason):
        transport.post(PATH, BODY, token="secret")
    assert stand_in.requests == []


def test_a_ca_file_without_certificates(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(ConfigError, match="holds no certificate in PEM form"):
        Transport("https://nas.lan", ca_file=str(tmp_path / "empty.pem"))


@pytest.mark.parametrize(
    "url, environment, wanted",
    [
        (
            "https://nas.lan",
            {"https_proxy": "http://p:8080"},
            Proxy(Address("http", "p", 8080), {}),
        ),
        ("https://nas.lan", {"HTTPS_PROXY": "p:8080"}, Proxy(Address("http", "p", 8080), {})),
        ("https://nas.lan", {"ALL_PROXY": "http://p"}, Proxy(Address("http", "p", 80), {})),
        ("http://nas.lan", {"http_proxy": "http://p:1"}, Proxy(Address("http", "p", 1), {})),
        ("http://nas.lan", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://nas.lan", {"https_proxy": "http://p:1"}, None),
        ("https://nas.lan", {"https_proxy": "http://p", "no_proxy": "x, .lan"}, None),
        ("https://nas.lan", {"https_proxy": "http://p", "no_proxy": "*"}, None),
        (
            "https://nas.lan",
            {"https_proxy": "http://p", "NO_PROXY": "s.lan"},
            Proxy(Address("http", "p", 80), {}),
        ),
        ("https://localhost:1", {"https_proxy": "http://p"}, None),
        ("http://127.0.0.1", {"http_proxy": "http://p"}, None),
        (
            "https://nas.lan",
            {"https_proxy": "http://me:a%40b@p"},
            Proxy(
                Address("http", "p", 80, user="me:a%40b"), {"Proxy-Authorization": "Basic bWU6YUBi"}
            ),
        ),
    ],
)
def test_proxies(url: str, environment: dict[str, str], wanted: Proxy | None) -> None:
    assert proxy_for(parse_address(url), environment) == wanted


def test_a_proxy_of_another_kind() -> None:
    with pytest.raises(ConfigError, match="the proxy of the environment is none like"):
        proxy_for(parse_address("https://nas.lan"), {"https_proxy": "socks5://p:1080"})


def test_a_plain_request_goes_through_the_proxy_as_a_whole(listen: Listen) -> None:
    stand_in = StandIn(refuse=lambda _request: error(200, ""))
    proxy = listen(stand_in)
    transport = Transport("http://nas.lan:8080", environment={"http_proxy": proxy.url})
    assert transport.post(PATH, BODY).status == 200
    assert stand_in.requests[0].path == "http://nas.lan:8080" + PATH
    transport.close()
