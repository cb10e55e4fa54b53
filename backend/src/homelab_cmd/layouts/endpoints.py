"""The endpoints of layouts: for people, since a script has no page to arrange."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from homelab_cmd.auth.dependencies import Person
from homelab_cmd.db.sessions import ReadSession, WriteSession
from homelab_cmd.layouts import service
from homelab_cmd.layouts.schemas import LayoutChange, LayoutId, LayoutInfo
from homelab_cmd.openapi import errors

router = APIRouter(prefix="/api/v1/layouts", tags=["layouts"])

AskedLayout = Annotated[
    LayoutId,
    Path(
        description="A page (`filesystems`), or a page and what it shows (`host:nas`).",
        examples=["host:nas"],
    ),
]


@router.get(
    "/{layout_id}",
    operation_id="get_layout",
    summary="How you arranged the widgets of a page",
    responses=errors(401, 403, 422),
)
def get_layout(layout_id: AskedLayout, person: Person, session: ReadSession) -> LayoutInfo:
    """Without widgets where you never did: the page then stands in its own order."""
    return service.get_layout(session, person.id, layout_id)


@router.put(
    "/{layout_id}",
    operation_id="save_layout",
    summary="Arrange the widgets of a page, for yourself",
    responses=errors(401, 403, 409, 422),
)
def save_layout(
    layout_id: AskedLayout, change: LayoutChange, person: Person, session: WriteSession
) -> LayoutInfo:
    """The whole layout, in place of the one before. Widgets it leaves out come last."""
    return service.save_layout(session, person.id, layout_id, change.widgets)


@router.delete(
    "/{layout_id}",
    operation_id="reset_layout",
    summary="Have a page in its own order again",
    status_code=204,
    responses=errors(401, 403, 422),
)
def reset_layout(layout_id: AskedLayout, person: Person, session: WriteSession) -> None:
    """It does not matter whether you had arranged it."""
    service.reset_layout(session, person.id, layout_id)
