"""The history of one host: its metrics over a range, and their export."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from homelab_agent.contract import HOST
from pydantic import BaseModel
from pydantic import Field as SchemaField

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.db.sessions import ReadSession
from homelab_cmd.durations import FromMoment, TimeRange, ToMoment, time_range
from homelab_cmd.metrics import host_metrics
from homelab_cmd.metrics.dependencies import History, ServerId, find_family
from homelab_cmd.metrics.values import records
from homelab_cmd.openapi import errors
from homelab_cmd.responses import RowsResponse
from homelab_cmd.servers.service import get_server

router = APIRouter(
    prefix="/api/v1/servers", tags=["history"], dependencies=[Depends(require_reader)]
)


async def asked_range(
    length: Annotated[
        str,
        Query(alias="range", max_length=11, examples=["24h", "7d", "30d", "1y"]),
    ] = "24h",
    start: FromMoment = None,
    end: ToMoment = None,
) -> TimeRange:
    """The range that a request asks for. Raises Unprocessable."""
    return time_range(length, start, end, name="range")


AskedRange = Annotated[TimeRange, Depends(asked_range)]


class HostMetricsAnswer(BaseModel):
    """A host's metrics, oldest first."""

    server_id: str
    range: str
    resolution: str = SchemaField(
        examples=["minute"],
        description="`raw` up to 1 h, `minute` up to 24 h, `hour` up to 90 d, else `day`.",
    )
    data_points: list[dict[str, Any]] = SchemaField(
        description="`timestamp` and the fields of the family `host`; counters also as rates."
    )
    total_points: int


@router.get(
    "/{server_id}/metrics",
    operation_id="get_host_metrics",
    summary="All metrics of a host over a range",
    response_model=HostMetricsAnswer,
    responses=errors(401, 404, 422),
)
def get_host_metrics(
    server_id: ServerId, session: ReadSession, engine: History, times: AskedRange
) -> Response:
    """Means of windows as long as `resolution` says, from their timestamps on."""
    server = get_server(session, server_id)
    found = host_metrics.read(engine, session.connection(), server.id, HOST, None, times)
    points = [
        point for columns in host_metrics.columns_of(found, HOST) for point in records(columns)
    ]
    return RowsResponse(
        {
            "server_id": server_id,
            "range": times.text,
            "resolution": found.plan.source.name,
            "data_points": points,
            "total_points": len(points),
        }
    )


@router.get(
    "/{server_id}/metrics/export",
    operation_id="export_metrics",
    summary="The metrics of a host as a file",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}, "application/json": {}}, "description": "The file."},
        **errors(401, 404, 422),
    },
)
def export_metrics(
    server_id: ServerId,
    session: ReadSession,
    engine: History,
    times: AskedRange,
    file_format: Annotated[Literal["csv", "json"], Query(alias="format")] = "csv",
    family: Annotated[str, Query(max_length=64, examples=["filesystem"])] = "host",
    key: Annotated[
        list[str] | None, Query(max_length=1_000, description="All series where left out.")
    ] = None,
) -> Response:
    """A row per series and window. Text that a spreadsheet could take for a formula is quoted."""
    server = get_server(session, server_id)
    asked = find_family(family)
    found = host_metrics.read(engine, session.connection(), server.id, asked, key, times)
    tables = list(host_metrics.columns_of(found, asked))
    name = f"{server_id}-{asked.name}-{found.plan.source.name}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if file_format == "csv":
        return Response(host_metrics.as_csv(tables), media_type="text/csv", headers=headers)
    return RowsResponse([row for columns in tables for row in records(columns)], headers=headers)
