"""The hub with what feeds it and what guards it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from homelab_cmd.auth.service import AuthService
from homelab_cmd.db.database import Database
from homelab_cmd.ingest.writer import IngestWriter
from homelab_cmd.live.guard import guard
from homelab_cmd.live.hub import Hub
from homelab_cmd.servers.service import named_servers


@contextlib.asynccontextmanager
async def live_hub(
    database: Database, auth: AuthService, writer: IngestWriter
) -> AsyncIterator[Hub]:
    """A hub that hears of every commit, while the application lives."""

    def names() -> Mapping[int, str]:
        with database.read() as session:
            return {key: server_id for key, server_id, _ in named_servers(session)}

    hub = Hub(names)
    writer.listeners.append(hub.publish)
    guarding = asyncio.create_task(guard(hub, auth))
    try:
        yield hub
    finally:
        writer.listeners.remove(hub.publish)
        guarding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await guarding
