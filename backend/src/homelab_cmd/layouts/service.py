"""Layouts: each person's own, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from homelab_cmd.clock import iso, now_ms
from homelab_cmd.errors import Conflict
from homelab_cmd.layouts import repository
from homelab_cmd.layouts.models import Layout
from homelab_cmd.layouts.schemas import LayoutInfo, Placement

MAX_LAYOUTS = 2_000
"""Of one person: more than the hosts that the list shows."""


def get_layout(session: Session, user_id: int, layout_id: str) -> LayoutInfo:
    """How the person arranged the page; an empty layout where they never did."""
    layout = repository.find(session, user_id, layout_id)
    if layout is None:
        return LayoutInfo(id=layout_id, widgets=[], updated_at=None)
    return _described(layout)


def save_layout(
    session: Session, user_id: int, layout_id: str, widgets: Sequence[Placement]
) -> LayoutInfo:
    """Put this in place of what was there. Raises Conflict beyond MAX_LAYOUTS."""
    layout = repository.find(session, user_id, layout_id)
    if layout is None:
        if repository.count(session, user_id) >= MAX_LAYOUTS:
            raise Conflict(
                f"You have arranged {MAX_LAYOUTS} pages; reset one before you arrange another.",
                code="TOO_MANY_LAYOUTS",
            )
        layout = Layout(user_id=user_id, layout_id=layout_id)
        repository.add(session, layout)
    layout.widgets = [widget.model_dump() for widget in widgets]
    layout.updated_at_ms = now_ms()
    return _described(layout)


def reset_layout(session: Session, user_id: int, layout_id: str) -> None:
    """Back to how the page comes."""
    repository.remove(session, user_id, layout_id)


def _described(layout: Layout) -> LayoutInfo:
    return LayoutInfo.model_validate(
        {
            "id": layout.layout_id,
            "widgets": layout.widgets,
            "updated_at": iso(layout.updated_at_ms),
        }
    )
