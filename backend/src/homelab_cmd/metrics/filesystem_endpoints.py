"""Every filesystem of every server, and when it will be full."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from homelab_agent.contract import FILESYSTEM
from homelab_agent.contract.filesystem import CRITICAL_PERCENT, fills_up
from pydantic import BaseModel, create_model
from pydantic import Field as SchemaField

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.sessions import ReadSession
from homelab_cmd.families import MODELS
from homelab_cmd.metrics.dependencies import AskedSources
from homelab_cmd.metrics.forecast import Forecast
from homelab_cmd.metrics.forecasts import Forecasts
from homelab_cmd.metrics.schemas import Timestamp
from homelab_cmd.openapi import errors
from homelab_cmd.responses import RowsResponse
from homelab_cmd.servers.service import named_servers
from homelab_cmd.servers.status import status_of

router = APIRouter(prefix="/api/v1", tags=["history"], dependencies=[Depends(require_reader)])


async def get_forecasts(request: Request) -> Forecasts:
    """The application's forecasts."""
    forecasts: Forecasts = request.app.state.forecasts
    return forecasts


AppForecasts = Annotated[Forecasts, Depends(get_forecasts)]


class ForecastFacts(BaseModel):
    """When a filesystem will be full, as its last weeks suggest."""

    state: Literal["filling", "emptying", "steady", "unknown"] = SchemaField(
        description="Unknown: less than a week of history since its last jump."
    )
    bytes_per_day: float | None
    full_at: Timestamp | None
    full_at_earliest: Timestamp | None
    full_at_latest: Timestamp | None = SchemaField(description="Null where it may never fill.")
    jumped_at: Timestamp | None = SchemaField(
        description="The day of the jump that left too little history, where one did."
    )


class _Placed(BaseModel):
    server_id: str = SchemaField(examples=["nas"])
    current: bool = SchemaField(
        description="Whether the numbers are of now: the server reports, the filesystem answers."
    )
    forecast: ForecastFacts | None = SchemaField(description="Null where it is too new.")


PlacedFilesystem = create_model(
    "PlacedFilesystem",
    __base__=(MODELS[FILESYSTEM.name], _Placed),
    __doc__="A filesystem, where it is, and when it will be full.",
)


class Filesystems(BaseModel):
    """A page of all filesystems, the soonest full first."""

    filesystems: list[PlacedFilesystem]
    total: int


@router.get(
    "/filesystems",
    operation_id="list_filesystems",
    summary="All filesystems of all servers, the soonest full first",
    response_model=Filesystems,
    responses=errors(401, 422),
)
def list_filesystems(
    session: ReadSession,
    sources: AskedSources,
    forecasts: AppForecasts,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 500,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """From 98 % on a filesystem counts as full; those that will not fill follow by their share.

    Last come those that can't fill up, and the last known values of what does not report.
    """
    at_ms = now_ms()
    servers = named_servers(session)
    keys = [key for key, _, _ in servers]
    connection = session.connection()
    known = forecasts.of(sources.engine, connection, keys, at_ms)
    snapshots = sources.shown.get_many(connection, keys)
    placed = []
    for (key, server_id, paused), snapshot in zip(servers, snapshots, strict=True):
        reports = status_of(snapshot, paused=paused, now_ms=at_ms) == "online"
        for row in snapshot.rows.get(FILESYSTEM.name, []):
            current = reports and row.state == "ok"
            placed.append(Placed(server_id, row, current, known[key].get(row.mount_point)))
    placed.sort(key=urgency)
    page = [one.describe() for one in placed[offset : offset + limit]]
    return RowsResponse({"filesystems": page, "total": len(placed)})


@dataclass(frozen=True, slots=True)
class Placed:
    """A filesystem's newest row, where it is, whether that is of now, and where it heads."""

    server_id: str
    row: Any
    current: bool
    forecast: Forecast | None

    def describe(self) -> dict[str, Any]:
        """As `PlacedFilesystem` has it."""
        return {
            **msgspec.to_builtins(self.row),
            "server_id": self.server_id,
            "current": self.current,
            "forecast": None if self.forecast is None else described(self.forecast),
        }


def urgency(one: Placed) -> tuple[bool, bool, float, float, str, str]:
    """What sorts the soonest full first."""
    full_ms = math.inf
    if one.row.percent >= CRITICAL_PERCENT:
        full_ms = 0
    elif one.forecast is not None and one.forecast.full_ms is not None:
        full_ms = one.forecast.full_ms
    row = one.row
    return not one.current, not fills_up(row), full_ms, -row.percent, one.server_id, row.mount_point


def described(one: Forecast) -> dict[str, Any]:
    """A forecast as `ForecastFacts` has it."""
    moments = {
        "full_at": one.full_ms,
        "full_at_earliest": one.earliest_ms,
        "full_at_latest": one.latest_ms,
        "jumped_at": one.jumped_ms,
    }
    return {
        "state": one.state,
        "bytes_per_day": one.bytes_per_day,
        **{name: None if at is None else iso(at) for name, at in moments.items()},
    }
