"""The answers of `GET /api/v1/server/…`."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field


class TimeRange(StrEnum):
    """How far back the points reach."""

    FIVE_MINUTES = "5m"
    ONE_HOUR = "1h"
    ONE_DAY = "24h"


class MetricPoint(BaseModel):
    """The mean over one bucket."""

    timestamp: int = Field(description="The bucket's end, in Unix seconds", examples=[1795220645])
    value: float | None = Field(
        description="null where Netdata collected nothing", examples=[13.89]
    )


class MetricData(BaseModel):
    """One metric: now, and over the range."""

    name: str = Field(examples=["ram"])
    current: float | None = Field(
        description="The mean of the last 5 seconds or so, null if none", examples=[13.89]
    )
    unit: str = Field(examples=["%"])
    points: list[MetricPoint] = Field(description="Oldest first: 60, 60 or 144 of them")


class SystemMetrics(BaseModel):
    """The five metrics; null is one that this Netdata does not collect."""

    cpu: MetricData | None
    ram: MetricData | None
    disk: MetricData | None
    network_in: MetricData | None
    network_out: MetricData | None


class NetdataState(BaseModel):
    """Whether there is a Netdata to ask."""

    expected: bool = Field(
        description="False where no address was set and none ever answered at the default one"
    )
    problem: str | None = Field(
        description="Why it does not answer now",
        examples=["Netdata at http://127.0.0.1:19999 refused the connection"],
    )
