"""The endpoints of sparklines: one per family, made from the declarations.

Annotations name what a loop makes here, so they are evaluated as it makes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from homelab_agent.contract import FAMILIES, HOST, NETWORK_INTERFACE, Family, Role

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.db.sessions import AppDatabase
from homelab_cmd.direct_route import DirectRoute
from homelab_cmd.errors import Unprocessable
from homelab_cmd.history.planner import Question
from homelab_cmd.metrics import sparklines
from homelab_cmd.metrics.dependencies import (
    AskedExtent,
    AskedSources,
    Extent,
    History,
    ServerId,
    Sources,
)
from homelab_cmd.metrics.schemas import MetricSparkline, sparkline_model
from homelab_cmd.openapi import errors
from homelab_cmd.responses import RowsResponse
from homelab_cmd.servers.service import server_key

router = APIRouter(
    prefix="/api/v1",
    tags=["history"],
    dependencies=[Depends(require_reader)],
    route_class=DirectRoute,
)


@dataclass(frozen=True)
class _Path:
    """A path of sparklines: its last part, and the parameter that chooses the series."""

    metric: str
    family: Family
    key: str | None

    def answer(self, sources: Sources, server_id: str, key: str | None, extent: Extent) -> Response:
        times = extent.times
        is_sum = self.key is not None and key is None
        keys = (key or "",) if not is_sum else None
        fields = sparklines.shown_fields(self.family)
        with sources.database.connect() as connection:
            server = server_key(connection, server_id)
            question = Question(
                (server,), self.family, keys, fields, times.start_ms, times.end_ms, extent.points
            )
            if is_sum:
                newest = sources.snapshots.get(connection, server)
                data = sparklines.of_network(sources.engine, connection, question, newest)
            else:
                data = sparklines.of_series(sources.engine, connection, question)
        body: dict[str, Any] = {"server_id": server_id, "metric": self.metric}
        if self.key:
            body[self.key] = key
        body |= {"period": times.text, "data": data}
        return RowsResponse(body)


def _paths() -> list[_Path]:
    """The families by their names, and the older name of one of them."""
    named = [_Path(f.name, f, f.key.name if f.key else None) for f in FAMILIES]
    return [_Path("network", NETWORK_INTERFACE, "interface"), *named]


def _endpoint(path: _Path) -> Callable[..., Response]:
    """The endpoint with the family's key as a parameter: left out, it asks for the sum."""
    described = f"A {path.metric} by its {path.key}." if path.key else ""
    key_query = Query(alias=path.key or "", min_length=1, max_length=255, description=described)
    required = path.family is not NETWORK_INTERFACE

    def of_one(
        server_id: ServerId,
        sources: AskedSources,
        extent: AskedExtent,
        key: Annotated[str, key_query],
    ) -> Response:
        return path.answer(sources, server_id, key, extent)

    def of_one_or_all(
        server_id: ServerId,
        sources: AskedSources,
        extent: AskedExtent,
        key: Annotated[str | None, key_query] = None,
    ) -> Response:
        return path.answer(sources, server_id, key, extent)

    def of_host(server_id: ServerId, sources: AskedSources, extent: AskedExtent) -> Response:
        return path.answer(sources, server_id, None, extent)

    if path.key is None:
        return of_host
    return of_one if required else of_one_or_all


for _path in _paths():
    router.add_api_route(
        f"/metrics/sparkline/{{server_id}}/{_path.metric}",
        _endpoint(_path),
        operation_id=f"get_{_path.metric}_sparkline",
        summary=f"The recent past of {_path.metric.replace('_', ' ')} values",
        description=(
            "Counters come as they stood and as rates. Times a server was silent have no points; "
            "the point after is flagged `gap`. A series that was never seen has none at all."
        ),
        response_model=sparkline_model(_path.metric, _path.family, _path.key),
        responses=errors(401, 404, 422),
    )


@router.get(
    "/servers/{server_id}/metrics/sparkline",
    operation_id="get_metric_sparkline",
    summary="The recent past of one metric of a host",
    response_model=MetricSparkline,
    responses=errors(401, 404, 422),
)
def get_metric_sparkline(
    server_id: ServerId,
    database: AppDatabase,
    engine: History,
    extent: AskedExtent,
    metric: Annotated[str, Query(max_length=100, examples=["cpu_percent"])],
) -> Response:
    """Means of windows where the samples are more than the points; counters as rates."""
    names = [field.name for field in HOST.values if field.role is not Role.LABEL]
    if metric not in names:
        raise Unprocessable(f"metric: one of {', '.join(names)}", path=["query", "metric"])
    times = extent.times
    fields = (HOST.field(metric),)
    with database.connect() as connection:
        server = (server_key(connection, server_id),)
        question = Question(server, HOST, None, fields, times.start_ms, times.end_ms, extent.points)
        data = sparklines.of_metric(engine, connection, question)
    return RowsResponse(
        {"server_id": server_id, "metric": metric, "period": times.text, "data": data}
    )
