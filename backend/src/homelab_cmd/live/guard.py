"""Ends the streams of those whose session or token has ended."""

from __future__ import annotations

import asyncio
import logging

from anyio.to_thread import run_sync
from sqlalchemy.exc import DBAPIError

from homelab_cmd.auth.principals import Principal
from homelab_cmd.auth.service import AuthService
from homelab_cmd.live.hub import SESSION_ENDED, Hub

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0


async def guard(hub: Hub, auth: AuthService) -> None:
    """Check all readers' credentials every other second, for as long as the application lives."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        principals = {reader.principal for reader in hub.readers}
        if not principals:
            continue
        try:
            ended = await run_sync(_ended, auth, principals)
        except DBAPIError as error:
            log.warning("sessions of streams can't be checked now: %s", error.orig)
            continue
        for reader in list(hub.readers):
            if reader.principal in ended:
                reader.end(SESSION_ENDED)


def _ended(auth: AuthService, principals: set[Principal]) -> set[Principal]:
    return {principal for principal in principals if not auth.still_valid(principal)}
