"""Whether the server works: open to everyone, so it says nothing about the home."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from homelab_cmd import __version__
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.system.service import examine

router = APIRouter(prefix="/api/v1/system", tags=["system"])


class TimescaleAnswer(BaseModel):
    """Which TimescaleDB serves."""

    edition: Literal["apache", "timescale"] = Field(
        description="`apache` has hypertables; `timescale` has the columnstore too."
    )
    version: str = Field(examples=["2.19.3"])


class HealthAnswer(BaseModel):
    """The server's own health."""

    status: Literal["ok", "degraded", "dead"] = Field(
        description="`degraded`: it reads, but can't write; `dead`: it can't read either."
    )
    version: str
    server_time: str
    database: str = Field(examples=["sqlite"])
    history: str = Field(examples=["chunks"])
    timescale: TimescaleAnswer | None = Field(
        description="The TimescaleDB extension of the database; null where there is none."
    )
    problem: str | None = Field(description="What is wrong, in one sentence.")


@router.get(
    "/health",
    operation_id="get_health",
    summary="Whether the server can read and write",
    responses={503: {"model": HealthAnswer, "description": "It can't read its database."}},
)
def get_health(request: Request, response: Response) -> HealthAnswer:
    """200 while it can answer questions, even if it can't write; 503 when it can't."""
    status, problem = examine(request.app.state.database, request.app.state.writer.stats)
    response.status_code = 503 if status == "dead" else 200
    return HealthAnswer(
        status=status,
        version=__version__,
        server_time=iso(now_ms()),
        database=request.app.state.database.engine.dialect.name,
        history=request.app.state.history_engine,
        timescale=_timescale(request),
        problem=problem,
    )


def _timescale(request: Request) -> TimescaleAnswer | None:
    found = request.app.state.timescale
    return found and TimescaleAnswer(edition=found.edition, version=found.version)
