"""The metric query API: the same data for dashboards that know no servers or families."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from pydantic import Field as SchemaField
from sqlalchemy import Connection

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.clock import now_ms
from homelab_cmd.db.sessions import AppDatabase
from homelab_cmd.direct_route import DirectRoute
from homelab_cmd.durations import FromMoment, TimeRange, ToMoment, time_range
from homelab_cmd.errors import NotFound
from homelab_cmd.history.tiers import TIERS
from homelab_cmd.metrics import query
from homelab_cmd.metrics.dependencies import MAX_POINTS, MIN_POINTS, History
from homelab_cmd.metrics.names import ALIASES, METRICS, Metric, metric_by_name
from homelab_cmd.metrics.schemas import Timestamp
from homelab_cmd.openapi import errors
from homelab_cmd.responses import RowsResponse
from homelab_cmd.servers.service import server_key, server_names

router = APIRouter(
    prefix="/api",
    tags=["metric query"],
    dependencies=[Depends(require_reader)],
    route_class=DirectRoute,
)

Host = Annotated[
    str | None,
    Query(max_length=100, examples=["server-01"], description="The mean over hosts if left out."),
]


class QueryPoint(BaseModel):
    """A moment of a metric."""

    time: Timestamp
    value: float


class QueryAnswer(BaseModel):
    """A metric over a range, oldest first."""

    metric_name: str
    start: str
    host: str | None
    points_requested: int
    points_returned: int
    data_source: Literal[tuple(tier.source for tier in TIERS)]  # type: ignore[valid-type]  # made of the tiers
    data: list[QueryPoint]


class LatestAnswer(BaseModel):
    """The newest value of a metric."""

    metric_name: str
    host: str | None
    time: Timestamp
    value: float


class Hosts(BaseModel):
    """The hosts by name."""

    hosts: list[str]


class MetricNames(BaseModel):
    """The names of metrics, families together, older names last."""

    metrics: list[str] = SchemaField(examples=[["cpu_percent", "filesystem_used_bytes"]])


class Asked:
    """The metric of a path, and the key that a keyed one asks for."""

    def __init__(self, metric_name: str, request: Request) -> None:
        self.metric: Metric = metric_by_name(metric_name)
        self.key = self.metric.asked_key(request.query_params)


async def asked_metric(metric_name: str, request: Request) -> Asked:
    """The metric that a request asks for. Raises NotFound, Unprocessable."""
    return Asked(metric_name, request)


async def asked_start(
    start: Annotated[
        str,
        Query(
            max_length=11,
            examples=["1h", "24h", "7d"],
            description="A number and one of s m h d w y; `from` and `to` win.",
        ),
    ] = "1h",
    since: FromMoment = None,
    until: ToMoment = None,
) -> TimeRange:
    """The range that a request asks for. Raises Unprocessable."""
    return time_range(start, since, until, name="start")


AskedMetric = Annotated[Asked, Depends(asked_metric)]


@router.get(
    "/hosts", operation_id="list_hosts", summary="The hosts there are", responses=errors(401)
)
def list_hosts(database: AppDatabase) -> Hosts:
    """By name, up to 1,000."""
    with database.connect() as connection:
        return Hosts(hosts=list(server_names(connection).values()))


@router.get(
    "/metrics",
    operation_id="list_metrics",
    summary="The names of the metrics there are",
    responses=errors(401),
)
async def list_metrics() -> MetricNames:
    """Every field of every family that has values over time, and the older names of some."""
    return MetricNames(metrics=[*METRICS, *ALIASES])


@router.get(
    "/metrics/{metric_name}",
    operation_id="query_metric",
    summary="A metric over a range",
    response_model=QueryAnswer,
    responses=errors(401, 404, 422),
)
def query_metric(
    database: AppDatabase,
    engine: History,
    asked: AskedMetric,
    times: Annotated[TimeRange, Depends(asked_start)],
    host: Host = None,
    points: Annotated[int, Query(ge=MIN_POINTS, le=MAX_POINTS)] = 800,
) -> Response:
    """Samples up to 1 h, minutes up to 24 h, hours up to 7 d, else days.

    Above `points` the shape is kept by LTTB. A metric of a keyed family takes the key as a
    parameter, as `mount_point=/tank`. Counters come as they stood.
    """
    with database.connect() as connection:
        servers = _servers(connection, host)
        found = query.read_metric(
            engine, connection, asked.metric, asked.key, servers, times, points
        )
    return RowsResponse(
        {
            "metric_name": asked.metric.name,
            "start": times.text,
            "host": host,
            "points_requested": points,
            "points_returned": len(found.data),
            "data_source": found.source.source,
            "data": found.data,
        }
    )


@router.get(
    "/metrics/{metric_name}/latest",
    operation_id="get_latest_metric",
    summary="The newest value of a metric",
    response_model=LatestAnswer,
    responses=errors(401, 404, 422),
)
def get_latest_metric(
    request: Request,
    database: AppDatabase,
    asked: Annotated[Asked, Depends(asked_metric)],
    host: Host = None,
) -> Response:
    """404 where there is none. The mean is over the hosts that report now."""
    snapshots = request.app.state.snapshots
    with database.connect() as connection:
        reported = snapshots.get_many(connection, _servers(connection, host))
    if host is not None:
        newest = query.latest_value(asked.metric, asked.key, reported[0])
    else:
        newest = query.latest_mean(asked.metric, asked.key, reported, now_ms())
    if newest is None:
        raise NotFound(f"There is no value of {asked.metric.name} yet.", code="NO_DATA")
    return RowsResponse(query.point(asked.metric.name, host, newest))


def _servers(connection: Connection, host: str | None) -> list[int]:
    if host is None:
        return list(server_names(connection))
    return [server_key(connection, host)]
