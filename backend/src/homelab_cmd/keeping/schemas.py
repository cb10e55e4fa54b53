"""What the settings look like from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FOR_EVER = "0 keeps it for ever."
DEFAULT = "Null has the default again; left out, it stays."

Days = Annotated[int, Field(ge=0, le=36_500)]
SomeDays = Annotated[int, Field(ge=1, le=36_500)]


class SettingInfo(BaseModel):
    """A setting as it holds, and where that comes from."""

    name: str = Field(examples=["retention_raw_days"], description="In a change, and below.")
    value: int
    default: int
    source: Literal["default", "saved", "environment"]
    variable: str = Field(examples=["HOMELAB_CMD_RETENTION_RAW_DAYS"])
    fixed: str | None = Field(
        description="Why it can't be changed here, in one sentence; null where it can."
    )
    changed_at: datetime | None
    changed_by: str | None = Field(examples=["user:anna"])


class TierSetting(SettingInfo):
    """How many days a tier is kept (0: for ever), and what that costs on the disk."""

    tier: Literal["raw", "minute", "hour", "day"]
    kept_days: float | None = Field(
        description="In effect: at least as long as finer tiers; null is for ever."
    )
    since: datetime | None = Field(description="What is older is pruned; null: nothing is yet.")
    size_bytes: int = Field(description="Now.")
    per_day_bytes: float | None = Field(
        description="Of one day of history; null before a day has been kept."
    )
    steady_bytes: float | None = Field(
        description="Once it is as old as it is kept; null for ever, or where not known yet."
    )


class SettingsAnswer(BaseModel):
    """Everything that an admin sets over the API, and what it costs."""

    retention: list[TierSetting] = Field(description="From the finest tier to the coarsest.")
    max_size: SettingInfo = Field(description="Bytes of the database; 0 is no bound.")
    limited: str | None = Field(
        description="What `max_size` means now, in one sentence; null where it cuts nothing."
    )
    database_bytes: int
    disk_free_bytes: int | None = Field(description="Null for a database elsewhere.")
    growth_per_day_bytes: float | None = Field(description="Null before a day has been kept.")
    disk_full_in_days: float | None


class SettingsChange(BaseModel):
    """What to set. Left out, a setting stays; null has the default again."""

    model_config = ConfigDict(extra="forbid")

    retention_raw_days: SomeDays | None = Field(None, examples=[30])
    retention_minute_days: SomeDays | None = Field(None, examples=[90])
    retention_hour_days: Days | None = Field(None, description=FOR_EVER)
    retention_day_days: Days | None = Field(None, description=FOR_EVER)
    max_size: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, examples=[2_000_000_000], description="Bytes; 0 sets no bound. On SQLite alone."
    )
