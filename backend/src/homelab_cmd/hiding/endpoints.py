"""The endpoints of hide rules: everybody sees them, admins make them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from homelab_cmd.auth import audit
from homelab_cmd.auth.dependencies import Admin, RequestClient, require_reader
from homelab_cmd.db.sessions import ReadSession, WriteSession
from homelab_cmd.hiding import service
from homelab_cmd.hiding.models import HideRule
from homelab_cmd.hiding.schemas import (
    PATTERN_HELP,
    SERVER_HELP,
    HidePreview,
    HideRuleCreate,
    HideRuleInfo,
    HideRuleList,
    KeyedFamily,
    Pattern,
)
from homelab_cmd.openapi import errors
from homelab_cmd.servers.endpoints import AppSnapshots

router = APIRouter(prefix="/api/v1/settings/hide-rules", tags=["settings"])


@router.get(
    "",
    operation_id="list_hide_rules",
    summary="What is left out of lists, by family and pattern",
    responses=errors(401),
    dependencies=[Depends(require_reader)],
)
def list_hide_rules(session: ReadSession, snapshots: AppSnapshots) -> HideRuleList:
    """Each with how much it hides now. There are up to 200."""
    return HideRuleList.model_validate({"rules": service.list_rules(session, snapshots)})


@router.get(
    "/preview",
    operation_id="preview_hide_rule",
    summary="What a rule would hide, before it is made",
    responses=errors(401, 404, 422),
    dependencies=[Depends(require_reader)],
)
def preview_hide_rule(
    session: ReadSession,
    snapshots: AppSnapshots,
    family: Annotated[KeyedFamily, Query(examples=["filesystem"])],
    pattern: Annotated[Pattern, Query(examples=["/snap/*"], description=PATTERN_HELP)],
    server: Annotated[
        str | None, Query(max_length=100, examples=["nas"], description=SERVER_HELP)
    ] = None,
) -> HidePreview:
    """Nothing is changed by asking."""
    found = service.preview(session, snapshots, family.value, pattern, server)
    return HidePreview.model_validate(found)


@router.post(
    "",
    operation_id="create_hide_rule",
    summary="Leave series out of lists and of a server's health",
    status_code=201,
    responses=errors(401, 403, 404, 409, 422),
)
def create_hide_rule(
    body: HideRuleCreate,
    admin: Admin,
    session: WriteSession,
    snapshots: AppSnapshots,
    client: RequestClient,
) -> HideRuleInfo:
    """They are still measured and kept, and answer to whoever asks for them by name."""
    rule = service.create_rule(
        session, body.family.value, body.pattern, body.server_id, actor=admin.label
    )
    audit.record(
        session, "hide_rule.created", actor=admin.label, subject=_subject(rule), client=client
    )
    listed = service.list_rules(session, snapshots)
    return HideRuleInfo.model_validate(next(one for one in listed if one["id"] == rule.id))


@router.delete(
    "/{rule_id}",
    operation_id="delete_hide_rule",
    summary="Show again what a rule hides",
    status_code=204,
    responses=errors(401, 403, 404, 422),
)
def delete_hide_rule(
    rule_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    admin: Admin,
    session: WriteSession,
    client: RequestClient,
) -> None:
    """Unless another rule hides it too."""
    rule = service.delete_rule(session, rule_id)
    audit.record(
        session, "hide_rule.deleted", actor=admin.label, subject=_subject(rule), client=client
    )


def _subject(rule: HideRule) -> str:
    return f"{rule.family} {rule.pattern}"
