"""`GET /metrics`, for Prometheus and all that read its format."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import PlainTextResponse, Response

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.clock import now_ms
from homelab_cmd.db.sessions import ReadSession
from homelab_cmd.metrics.exposition import OPENMETRICS, PROMETHEUS, Host, of_hosts, render
from homelab_cmd.metrics.own_health import Parts, of_server
from homelab_cmd.openapi import errors
from homelab_cmd.servers.service import named_servers
from homelab_cmd.servers.snapshots import Snapshots

router = APIRouter(tags=["metrics"], dependencies=[Depends(require_reader)])


async def get_parts(request: Request) -> Parts:
    """The application's parts that have something to say of themselves."""
    state = request.app.state
    return Parts(
        state.database,
        state.writer,
        state.scheduler,
        state.hub,
        state.history_sizes,
        state.request_times,
    )


async def get_snapshots(request: Request) -> Snapshots:
    """The application's snapshots."""
    snapshots: Snapshots = request.app.state.snapshots
    return snapshots


@router.get(
    "/metrics",
    operation_id="get_exposition",
    summary="The latest of every server, for Prometheus",
    response_class=PlainTextResponse,
    responses={
        200: {
            "content": {
                "text/plain": {"example": 'homelab_cpu_percent{server="nas"} 12.5\n'},
                "application/openmetrics-text": {},
            }
        },
        **errors(401, 403),
    },
)
def get_exposition(
    session: ReadSession,
    parts: Annotated[Parts, Depends(get_parts)],
    snapshots: Annotated[Snapshots, Depends(get_snapshots)],
    accept: Annotated[str, Header(max_length=1_000)] = "",
) -> Response:
    """OpenMetrics to those who accept it. A host's values are left out once they are too old."""
    named = named_servers(session)
    newest = snapshots.get_many(session.connection(), [key for key, _, _ in named])
    hosts = [
        Host(server_id, snapshot, paused)
        for (_, server_id, paused), snapshot in zip(named, newest, strict=True)
    ]
    openmetrics = "application/openmetrics-text" in accept
    metrics = [*of_hosts(hosts, now_ms()), *of_server(parts, session.connection())]
    text = render(metrics, openmetrics=openmetrics)
    return Response(text, media_type=OPENMETRICS if openmetrics else PROMETHEUS)
