"""Servers that end with their test."""

from collections.abc import Callable, Iterator

import pytest

from tests.agent.standin import Listening, StandIn, tls_server


@pytest.fixture
def listen() -> Iterator[Callable[..., Listening]]:
    """Give a function that puts a stand-in behind a port."""
    servers: list[Listening] = []

    def start(stand_in: StandIn, *, port: int = 0, secure: bool = False) -> Listening:
        servers.append(Listening(stand_in, port=port, tls=tls_server() if secure else None))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
