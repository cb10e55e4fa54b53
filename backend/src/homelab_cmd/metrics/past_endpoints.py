"""A host in the past and in the near future: at a moment, compared, its events, its forecast."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from homelab_agent.contract import FILESYSTEM
from pydantic import BaseModel
from pydantic import Field as SchemaField

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.sessions import ReadSession
from homelab_cmd.durations import FromMoment, TimeRange, ToMoment, parse_moment_ms, time_range
from homelab_cmd.metrics import events, moment
from homelab_cmd.metrics.dependencies import History, Period, ServerId
from homelab_cmd.metrics.filesystem_endpoints import AppForecasts, ForecastFacts, described
from homelab_cmd.metrics.schemas import Timestamp
from homelab_cmd.openapi import errors
from homelab_cmd.responses import RowsResponse
from homelab_cmd.servers.service import get_server

router = APIRouter(
    prefix="/api/v1/servers", tags=["history"], dependencies=[Depends(require_reader)]
)
Moment = Annotated[str, Query(max_length=40, examples=["2026-11-21T07:00:00Z"])]


class SeriesName(BaseModel):
    """A series of a host."""

    family: str = SchemaField(examples=["filesystem"])
    key: str = SchemaField(examples=["/tank"])


class Change(SeriesName):
    """A value that differs between two moments."""

    field: str
    before: Any = SchemaField(alias="from")
    after: Any = SchemaField(alias="to")
    relative: float = SchemaField(description="The change as a share of the larger value.")


class Comparison(BaseModel):
    """What differs between two moments."""

    server_id: str
    start: Timestamp = SchemaField(alias="from")
    end: Timestamp = SchemaField(alias="to")
    appeared: list[SeriesName]
    vanished: list[SeriesName]
    changed: list[Change] = SchemaField(description="The largest first, up to 100.")


class HostEvent(BaseModel):
    """Something that happened."""

    time: Timestamp
    kind: str = SchemaField(
        examples=["boot"],
        description="boot, gap, flap, appeared, vanished, or the state that changed.",
    )
    family: str | None
    key: str | None
    until: Timestamp | None
    before: Any = SchemaField(alias="from")
    after: Any = SchemaField(alias="to")


class Events(BaseModel):
    """Events by time."""

    server_id: str
    period: str
    events: list[HostEvent]


class FilesystemForecast(ForecastFacts):
    """When a filesystem will be full."""

    mount_point: str


class Forecasts(BaseModel):
    """The filesystems of a host by mount point."""

    server_id: str
    filesystems: list[FilesystemForecast]


@router.get(
    "/{server_id}/at",
    operation_id="get_server_at",
    summary="The whole host as it was at a moment",
    response_model=dict[str, Any],
    responses=errors(401, 404, 422),
)
def get_server_at(
    server_id: ServerId, session: ReadSession, engine: History, time: Moment
) -> Response:
    """The rows that it had last reported, up to an hour before, with their `as_of`.

    A family that was not reported is null. `online` says whether it was reporting then.
    """
    server = get_server(session, server_id)
    time_ms = parse_moment_ms(time, name="time")
    parts = moment.host_at(engine, session.connection(), server.id, time_ms)
    return RowsResponse({"server_id": server_id, "time": iso(time_ms), **moment.describe(parts)})


@router.get(
    "/{server_id}/compare",
    operation_id="compare_server",
    summary="What differs between two moments of a host",
    response_model=Comparison,
    responses=errors(401, 404, 422),
)
def compare_server(
    server_id: ServerId,
    session: ReadSession,
    engine: History,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
) -> Response:
    """Series that appeared or vanished, and what changed most. Counters compare as rates."""
    server = get_server(session, server_id)
    times = [parse_moment_ms(start, name="from"), parse_moment_ms(end, name="to")]
    before, after = (
        moment.host_at(engine, session.connection(), server.id, time_ms) for time_ms in times
    )
    return RowsResponse(
        {
            "server_id": server_id,
            "from": iso(times[0]),
            "to": iso(times[1]),
            **moment.compare(before, after),
        }
    )


async def asked_period(
    period: Period = "7d", start: FromMoment = None, end: ToMoment = None
) -> TimeRange:
    """The range that a request asks for. Raises Unprocessable."""
    return time_range(period, start, end)


@router.get(
    "/{server_id}/events",
    operation_id="get_server_events",
    summary="Boots, silences, flaps, and what came and went",
    response_model=Events,
    responses=errors(401, 404, 422),
)
def get_server_events(
    server_id: ServerId,
    session: ReadSession,
    engine: History,
    times: Annotated[TimeRange, Depends(asked_period)],
) -> Response:
    """Over a long range moments are as exact as the tier that is read for it."""
    server = get_server(session, server_id)
    found = events.read_events(
        engine, session.connection(), server.id, times.start_ms, times.end_ms
    )
    return RowsResponse({"server_id": server_id, "period": times.text, "events": found})


@router.get(
    "/{server_id}/forecast",
    operation_id="get_server_forecast",
    summary="When each filesystem will be full",
    response_model=Forecasts,
    responses=errors(401, 404),
)
def get_server_forecast(
    server_id: ServerId, session: ReadSession, engine: History, forecasts: AppForecasts
) -> Response:
    """From the last 60 days, after the last jump; silent where that is too little.

    Worked out once an hour, from what was there at its beginning.
    """
    server = get_server(session, server_id)
    found = forecasts.of(engine, session.connection(), [server.id], now_ms())[server.id]
    key = FILESYSTEM.key.name if FILESYSTEM.key else ""
    filesystems = [{key: name, **described(one)} for name, one in found.items()]
    return RowsResponse({"server_id": server_id, "filesystems": filesystems})
