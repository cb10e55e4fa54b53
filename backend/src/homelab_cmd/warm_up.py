"""What the first requests would pay for, done before the server says that it is ready.

FastAPI builds its routes at the first request, SQLAlchemy words a statement when it is first
executed, and numpy imports parts of itself when they are first used: a third of a second together,
before anything is read. What was read once is then in memory too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from anyio.to_thread import run_sync
from fastapi import FastAPI
from homelab_agent.contract import FAMILIES, HOST, Family, Role
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import State
from starlette.types import Message

from homelab_cmd.auth.tokens import API_TOKEN_PREFIX
from homelab_cmd.clock import DAY_MS, HOUR_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import NotFound
from homelab_cmd.hiding.shown import ShownSnapshots
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.planner import Question
from homelab_cmd.metrics.columnar import ColumnarResponse
from homelab_cmd.metrics.series import Aggregate, SeriesQuestion, read_series
from homelab_cmd.servers import listing, service

log = logging.getLogger(__name__)

READY_AFTER_SECONDS = 0.3
"""Where there is so much to read that it takes longer, requests come in meanwhile."""

_SPANS_MS = (HOUR_MS, DAY_MS, 30 * DAY_MS)
_SHOWN_SERVERS = 100


@asynccontextmanager
async def warm(app: FastAPI) -> AsyncIterator[None]:
    """Warm up, and see to it that nothing of it is left at the end of the block."""
    await _build_routes(app)
    asking = asyncio.create_task(run_sync(_ask, app.state))
    await asyncio.wait({asking}, timeout=READY_AFTER_SECONDS)
    try:
        yield
    finally:
        await asking


async def _build_routes(app: FastAPI) -> None:
    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        """Nobody waits for this answer."""

    scope = {"type": "http", "method": "GET", "path": "/api/", "headers": [], "app": app}
    with suppress(NotFound):
        await app.router(scope, receive, send)


def _ask(state: State) -> None:
    """Ask what the page of all hosts asks, and what the page of one does."""
    database: Database = state.database
    try:
        state.auth.identify(API_TOKEN_PREFIX)
        with database.read() as session:
            for key, _, _ in service.named_servers(session)[:1]:
                _ask_family(state.history, database, key, HOST)
                shown = ShownSnapshots(state.snapshots)
                listing.list_servers(session, shown, state.history, limit=_SHOWN_SERVERS, offset=0)
                for family in FAMILIES:
                    _ask_family(state.history, database, key, family)
    except DBAPIError as error:
        log.warning("the first questions will take longer: %s", error.orig)


def _ask_family(engine: HistoryEngine, database: Database, server: int, family: Family) -> None:
    fields = [field for field in family.values if field.role is not Role.LABEL]
    now = now_ms()
    for span_ms in _SPANS_MS:
        question = Question((server,), family, None, fields, now - span_ms, now, 500)
        asked = SeriesQuestion(question, Aggregate.AVG, {server: ""})
        with database.connect() as connection:
            ColumnarResponse(read_series(engine, connection, asked))
