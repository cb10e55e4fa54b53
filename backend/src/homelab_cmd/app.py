"""The application: its parts, its routers, its life."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

import homelab_cmd.auth.admin_endpoints
import homelab_cmd.auth.endpoints
import homelab_cmd.auth.provider_endpoints
import homelab_cmd.auth.second_factor_endpoints
import homelab_cmd.enrolment.endpoints
import homelab_cmd.hiding.endpoints
import homelab_cmd.housekeeping.endpoints
import homelab_cmd.keeping.endpoints
import homelab_cmd.layouts.endpoints
import homelab_cmd.live.endpoints
import homelab_cmd.metrics.exposition_endpoints
import homelab_cmd.metrics.filesystem_endpoints
import homelab_cmd.metrics.host_endpoints
import homelab_cmd.metrics.past_endpoints
import homelab_cmd.metrics.query_endpoints
import homelab_cmd.metrics.series_endpoints
import homelab_cmd.metrics.sparkline_endpoints
import homelab_cmd.netdata.endpoints
import homelab_cmd.servers.endpoints
import homelab_cmd.system.endpoints
from homelab_cmd import __version__
from homelab_cmd.auth.agent_tokens import AgentTokens
from homelab_cmd.auth.oidc import build_provider
from homelab_cmd.auth.service import AuthService
from homelab_cmd.backup.schedule import BackupSchedule, plan_of
from homelab_cmd.body_limit import LimitBody
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.db.replaced import OpenedFile
from homelab_cmd.error_handlers import add_error_handlers
from homelab_cmd.errors import NotFound
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.service import (
    arrange_tables,
    check_bound,
    choose_engine,
)
from homelab_cmd.housekeeping.scheduler import Scheduler
from homelab_cmd.ingest.routes import HeartbeatsFirst
from homelab_cmd.ingest.routes import routes as ingest_routes
from homelab_cmd.ingest.service import IngestService, LateLimit
from homelab_cmd.ingest.writer import IngestWriter
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.live.service import live_hub
from homelab_cmd.metrics.forecasts import Forecasts
from homelab_cmd.metrics.own_history import HistorySizes
from homelab_cmd.moving.service import take_possession
from homelab_cmd.netdata.service import build_netdata
from homelab_cmd.openapi import build_openapi
from homelab_cmd.page import Page, SafetyHeaders
from homelab_cmd.public_path import TakePathOff, path_of
from homelab_cmd.servers.startup import open_snapshots
from homelab_cmd.settings import Settings
from homelab_cmd.system.request_times import RequestTimes, TimeRequests
from homelab_cmd.system.service import timescale_of
from homelab_cmd.warm_up import warm

log = logging.getLogger(__name__)

DESCRIPTION = """Every filesystem and every network interface of every host at home.

Times are ISO 8601 with offset on `/api/v1`; bytes are bytes, rates per second, percent 0–100.
Errors are `{"detail": {"code", "message", "path"?}}`."""

# Routes are tried in this order: those that pages ask all the time come first.
ROUTERS = (
    homelab_cmd.metrics.series_endpoints.router,
    homelab_cmd.metrics.sparkline_endpoints.router,
    homelab_cmd.metrics.query_endpoints.router,
    homelab_cmd.system.endpoints.router,
    homelab_cmd.housekeeping.endpoints.router,
    homelab_cmd.auth.endpoints.router,
    homelab_cmd.auth.second_factor_endpoints.router,
    homelab_cmd.auth.provider_endpoints.router,
    homelab_cmd.auth.admin_endpoints.router,
    homelab_cmd.enrolment.endpoints.router,
    homelab_cmd.servers.endpoints.router,
    homelab_cmd.metrics.filesystem_endpoints.router,
    homelab_cmd.metrics.host_endpoints.router,
    homelab_cmd.metrics.past_endpoints.router,
    homelab_cmd.metrics.exposition_endpoints.router,
    homelab_cmd.keeping.endpoints.router,
    homelab_cmd.hiding.endpoints.router,
    homelab_cmd.layouts.endpoints.router,
    homelab_cmd.netdata.endpoints.router,
    homelab_cmd.live.endpoints.router,
)


def create_app(settings: Settings) -> FastAPI:
    """The application. Its database is opened, migrated and closed with its lifespan."""
    app = FastAPI(
        title="HomelabCmd",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        # Nobody listens for it, and looking who might costs each request 14 µs.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.provider = build_provider(settings)
    app.state.invites = True  # of several processes one prints the link; the last would be valid
    app.state.address = settings.public_url or f"http://{settings.host}:{settings.port}"
    app.router.routes.extend(ingest_routes)
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.append(Route("/openapi.json", _openapi, name="openapi"))
    app.router.default = _page_or_not_found(Page())
    add_error_handlers(app)
    app.add_middleware(LimitBody)
    app.add_middleware(SafetyHeaders)
    app.add_middleware(HeartbeatsFirst)
    app.state.forecasts = Forecasts()
    app.state.request_times = RequestTimes()
    app.add_middleware(TimeRequests, times=app.state.request_times)
    if path := path_of(settings.public_url):
        app.add_middleware(TakePathOff, path=path)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database(settings.sqlalchemy_url)
    upgrade(database)
    take_possession(database)
    arrange_tables(settings, database)
    app.state.history_engine = choose_engine(settings, database)
    engine = make_engine(app.state.history_engine)
    snapshots = open_snapshots(database, engine)
    check_bound(settings)
    keeping = Keeping(database, settings)
    file = OpenedFile(settings.sqlite_file) if settings.sqlite_file else None
    writer = IngestWriter(database, engine, snapshots, keeping.max_bytes, file)
    auth = AuthService(database)
    tokens = AgentTokens(database, auth.identify)
    app.state.database = database
    app.state.timescale = timescale_of(database)
    app.state.history = engine
    app.state.snapshots = snapshots
    app.state.writer = writer
    app.state.auth = auth
    app.state.agent_tokens = tokens
    app.state.netdata = build_netdata(
        settings.netdata_url,
        settings.netdata_node,
        expected="netdata_url" in settings.model_fields_set,
    )
    app.state.history_sizes = HistorySizes(engine)
    app.state.keeping = keeping
    plan = plan_of(settings)
    backups = None if plan is None else BackupSchedule(database, plan)
    scheduler = Scheduler(database, engine, keeping, backups=backups)
    late = LateLimit(keeping.raw_days, lambda: scheduler.raw_floor_ms)
    app.state.ingest = IngestService(database, writer, late, tokens.changed)
    app.state.scheduler = scheduler
    writer.start()
    scheduler.start()
    if app.state.invites:
        _invite_first_admin(app, auth)
    try:
        async with live_hub(auth, writer) as hub, warm(app):
            app.state.hub = hub
            _calm_garbage_collection()
            yield
    finally:
        scheduler.stop()
        writer.stop()
        database.dispose()


def _invite_first_admin(app: FastAPI, auth: AuthService) -> None:
    token = auth.issue_setup_token()
    if token is not None:
        # After the hash, so that it stays out of every log of requests on the way.
        link = f"{app.state.address.rstrip('/')}/setup#token={token}"
        log.warning("nobody can log in yet: make the first account at %s", link)


def _calm_garbage_collection() -> None:
    # Collections over suspended requests and everything imported cost a quarter of the CPU.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(build_openapi(request.app))


def _page_or_not_found(page: Page) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 4404, "reason": "no such stream"})
            return
        if path.startswith(("/api/", "/ws/")):
            raise NotFound(f"There is no {path[:200]}.")
        await page(scope, receive, send)

    return answer
