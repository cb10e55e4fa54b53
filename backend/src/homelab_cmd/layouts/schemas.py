"""What a layout looks like from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

MAX_WIDGETS = 200

LayoutId = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,15}(:[a-z0-9-]{1,100})?$")]
"""A page, or a page and what it shows: `host:nas`."""

WidgetId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Placement(BaseModel):
    """Where a widget stands: its place in the list, how wide it is, whether it is shown at all."""

    model_config = ConfigDict(extra="forbid")

    id: WidgetId = Field(examples=["cpu"], description="The page knows what it means.")
    width: Literal["third", "half", "two_thirds", "full"] | None = Field(
        None, description="Of the row, on wide screens; null: as the widget has it."
    )
    hidden: bool = False


Placements = Annotated[list[Placement], Field(max_length=MAX_WIDGETS)]


class LayoutChange(BaseModel):
    """All of a layout, in reading order. Widgets that the server does not know are kept."""

    model_config = ConfigDict(extra="forbid")

    widgets: Placements

    @field_validator("widgets")
    @classmethod
    def _each_once(cls, widgets: list[Placement]) -> list[Placement]:
        seen: set[str] = set()
        for widget in widgets:
            if widget.id in seen:
                raise ValueError(f"name each widget once; {widget.id} stands there twice")
            seen.add(widget.id)
        return widgets


class LayoutInfo(BaseModel):
    """How a person arranged a page; no widgets and no time where they never did."""

    id: str = Field(examples=["host:nas"])
    widgets: Placements
    updated_at: datetime | None
