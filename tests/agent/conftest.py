"""Servers that end with their test."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agent.standin import Listening, StandIn

TLS = Path(__file__).parent.parent / "fixtures/tls"


@pytest.fixture
def listen() -> Iterator[Callable[..., Listening]]:
    """Give a function that puts a stand-in behind a port."""
    servers: list[Listening] = []

    def start(stand_in: StandIn, *, port: int = 0, secure: bool = False) -> Listening:
        context = None
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
        servers.append(Listening(stand_in, port=port, tls=context))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
