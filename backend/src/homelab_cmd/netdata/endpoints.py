"""`GET /api/v1/server/…`: the machine of the server itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.netdata.schemas import NetdataState, SystemMetrics, TimeRange
from homelab_cmd.netdata.service import Netdata, get_netdata_state, get_system_metrics
from homelab_cmd.openapi import errors

router = APIRouter(prefix="/api/v1/server", tags=["netdata"])


async def get_netdata(request: Request) -> Netdata:
    """The application's Netdata."""
    netdata: Netdata = request.app.state.netdata
    return netdata


@router.get(
    "/metrics",
    operation_id="get_netdata_metrics",
    summary="This server, by its Netdata: CPU, memory, disk and network",
    responses=errors(401, 403, 422, 503),
    dependencies=[Depends(require_reader)],
)
async def get_metrics(
    response: Response,
    netdata: Annotated[Netdata, Depends(get_netdata)],
    time_range: Annotated[
        TimeRange, Query(alias="range", description="How far back", examples=["1h"])
    ] = TimeRange.FIVE_MINUTES,
) -> SystemMetrics:
    """Of the host at `HOMELAB_CMD_NETDATA_URL`; 503 says what is wrong where it has no answer."""
    response.headers["Cache-Control"] = "no-store"
    return await get_system_metrics(netdata, time_range)


@router.get(
    "/netdata",
    operation_id="get_netdata_state",
    summary="Whether this server has a Netdata that answers",
    responses=errors(401, 403),
    dependencies=[Depends(require_reader)],
)
async def get_state(netdata: Annotated[Netdata, Depends(get_netdata)]) -> NetdataState:
    """For a page that shows its metrics where there are any. Takes 5 seconds at most."""
    return await get_netdata_state(netdata)
