"""What hide rules look like from outside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from homelab_agent.contract import FAMILIES
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

KeyedFamily = StrEnum(  # type: ignore[misc]  # the families are known when the program runs
    "KeyedFamily", {family.name: family.name for family in FAMILIES if family.key is not None}
)
KeyedFamily.__doc__ = "A family of which a host has several series."

Pattern = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$"),
]
PATTERN_HELP = "`*` stands for any characters, slashes too, `?` for one; all else for itself."
SERVER_HELP = "On this server alone; all of them where none is named."


class HideRuleCreate(BaseModel):
    """What to leave out of lists."""

    model_config = ConfigDict(extra="forbid")

    family: KeyedFamily = Field(examples=["filesystem"])
    pattern: Pattern = Field(examples=["/snap/*"], description=PATTERN_HELP)
    server_id: str | None = Field(None, max_length=100, examples=["nas"], description=SERVER_HELP)


class HideRuleInfo(BaseModel):
    """A rule, and what it hides now."""

    id: int
    family: str
    pattern: str
    server_id: str | None
    hides: int = Field(description="So many series of those that are reported now.")
    created_at: datetime
    created_by: str = Field(examples=["user:anna"])


class HideRuleList(BaseModel):
    """All rules, by family and pattern."""

    rules: list[HideRuleInfo]


class HiddenSeries(BaseModel):
    """A series that a rule would hide."""

    server_id: str
    key: str
    hidden_already: bool = Field(description="Another rule hides it.")


class HidePreview(BaseModel):
    """What a rule would hide, of what is reported now."""

    matched: int = Field(description="So many series match.")
    total: int = Field(description="So many are there, of that family and on those servers.")
    series: list[HiddenSeries] = Field(description="By server and key, the first 200.")
