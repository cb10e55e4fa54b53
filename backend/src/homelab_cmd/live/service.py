"""The hub with what feeds it and what guards it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping

from homelab_cmd.auth.service import AuthService
from homelab_cmd.ingest.writer import IngestWriter
from homelab_cmd.live.guard import guard
from homelab_cmd.live.hub import Hub
from homelab_cmd.live.relay import Relay
from homelab_cmd.servers.service import named_servers


@contextlib.asynccontextmanager
async def live_hub(auth: AuthService, writer: IngestWriter) -> AsyncIterator[Hub]:
    """A hub that hears of every commit, of other processes too, while the application lives."""

    def names() -> Mapping[int, str]:
        with writer.database.read() as session:
            return {key: server_id for key, server_id, _ in named_servers(session)}

    hub = Hub(names)
    writer.listeners.append(hub.publish)
    guarding = asyncio.create_task(guard(hub, auth))
    try:
        with _relayed(hub, writer):
            yield hub
    finally:
        writer.listeners.remove(hub.publish)
        guarding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await guarding


@contextlib.contextmanager
def _relayed(hub: Hub, writer: IngestWriter) -> Iterator[None]:
    """What other processes take in reaches this one's readers, and the reverse."""
    if writer.database.is_sqlite:  # one process serves a file
        yield
        return

    relay = Relay(
        writer.database,
        writer.engine,
        hub.publish,
        hub.lost_some,
        wanted=lambda: bool(hub.readers),
    )
    writer.companions.append(relay.announce)
    relay.start()
    try:
        yield
    finally:
        writer.companions.remove(relay.announce)
        relay.stop()
