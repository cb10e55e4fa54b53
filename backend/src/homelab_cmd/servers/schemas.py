"""What servers look like from outside; the families' fields come from their declarations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from homelab_agent.contract import FAMILIES
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from homelab_cmd.families import MODELS
from homelab_cmd.servers.models import snapshot_column

Tag = Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,50}$")]


class CollectorState(BaseModel):
    """How one of the agent's collectors fared the last time."""

    ok: bool
    duration_seconds: float
    error: str | None = None


class ServerProblem(BaseModel):
    """A row of a family that does not do well."""

    family: str
    key: str = Field(description="The row's key; empty where the family has one row.")
    severity: Literal["warning", "critical"]


class ServerFacts(BaseModel):
    """Who a server is and how it does; times are ISO 8601, rates bytes per second."""

    id: str = Field(description="The server's name in URLs.", examples=["nas"])
    guid: str | None = Field(description="Stays the same over renames and reinstalls.")
    hostname: str | None
    display_name: str | None
    status: Literal["online", "offline", "stale", "paused", "unknown"] = Field(
        description="`stale` after 3 missed intervals, `offline` after 10."
    )
    health: Literal["ok", "warning", "critical"] = Field(
        description="The worst of the problems; `critical` where it is offline, too."
    )
    problems: list[ServerProblem] = Field(description="What does not do well, the worst first.")
    last_seen: datetime | None
    interval_seconds: float | None
    as_of: dict[str, datetime] = Field(description="The time of each family's rows.")
    ip_addresses: list[str] | None
    os_distribution: str | None
    os_version: str | None
    os_kernel: str | None
    os_architecture: str | None
    cpu_model: str | None
    cpu_cores: int | None
    agent_version: str | None
    boot_id: str | None
    clock_offset_seconds: float | None = Field(description="The server's clock minus the host's.")
    uptime_seconds: float | None
    collectors: dict[str, CollectorState]
    rx_rate: float | None = Field(description="Received bytes per second, physical interfaces.")
    tx_rate: float | None = Field(description="Sent bytes per second, physical interfaces.")
    hidden: dict[str, list[str]] = Field(
        description="By family the keys that hide rules leave out of the lists and of the health.",
        examples=[{"filesystem": ["/snap/core/1"]}],
    )
    tags: list[str]
    created_at: datetime
    updated_at: datetime


_rows: dict[str, Any] = {
    snapshot_column(family): (
        (list.__class_getitem__(MODELS[family.name]) if family.key else MODELS[family.name]) | None,
        Field(description=family.summary + " Null: never reported."),
    )
    for family in FAMILIES
}
ServerDetail = create_model("ServerDetail", __base__=ServerFacts, **_rows)


class WorstFilesystem(BaseModel):
    """The fullest filesystem that answers."""

    mount_point: str
    percent: float
    available_bytes: int


class ServerSummaryFacts(BaseModel):
    """What the list says beside the server itself."""

    worst_filesystem: WorstFilesystem | None
    cpu_sparkline: list[float | None] = Field(
        description="CPU use of the last 24 h in percent, 144 points, oldest first; null: no data."
    )


ServerSummary = create_model("ServerSummary", __base__=(ServerDetail, ServerSummaryFacts))


class ServerList(BaseModel):
    """A page of servers, by name."""

    servers: list[ServerSummary]
    total: int


class ServerUpdate(BaseModel):
    """What a person may change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    display_name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None


class ServerMerge(BaseModel):
    """Where a server's history goes."""

    into: str = Field(min_length=1, max_length=100, examples=["nas"])
