"""The endpoints of servers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from homelab_agent.contract import FAMILIES

from homelab_cmd.auth import audit
from homelab_cmd.auth.dependencies import (
    Admin,
    KnownAgents,
    RequestClient,
    require_reader,
    require_writer,
)
from homelab_cmd.clock import now_ms
from homelab_cmd.db.sessions import ReadSession, WriteSession
from homelab_cmd.direct_route import DirectRoute
from homelab_cmd.hiding.shown import ShownSnapshots
from homelab_cmd.metrics.dependencies import find_family
from homelab_cmd.openapi import errors
from homelab_cmd.responses import RowsResponse
from homelab_cmd.servers import listing, service
from homelab_cmd.servers.models import Server
from homelab_cmd.servers.schemas import ServerDetail, ServerList, ServerMerge, ServerUpdate
from homelab_cmd.servers.snapshots import Snapshots

router = APIRouter(prefix="/api/v1/servers", tags=["servers"], route_class=DirectRoute)

ServerId = Annotated[str, Path(min_length=1, max_length=100, examples=["nas"])]


async def get_snapshots(request: Request) -> Snapshots:
    """The application's snapshots."""
    snapshots: Snapshots = request.app.state.snapshots
    return snapshots


AppSnapshots = Annotated[Snapshots, Depends(get_snapshots)]


async def get_shown_snapshots(snapshots: AppSnapshots) -> ShownSnapshots:
    """The application's snapshots as people see them."""
    return ShownSnapshots(snapshots)


AppShownSnapshots = Annotated[ShownSnapshots, Depends(get_shown_snapshots)]


@router.get(
    "",
    operation_id="list_servers",
    summary="All servers, by name, with what a table of them shows",
    response_model=ServerList,
    responses=errors(401, 404, 422),
    dependencies=[Depends(require_reader)],
)
def list_servers(
    request: Request,
    session: ReadSession,
    shown: AppShownSnapshots,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    family: Annotated[
        list[str] | None,
        Query(
            max_length=100,
            description="The families whose rows are wanted; of the others null. All where left "
            "out.",
            examples=[["host", "temperature"]],
        ),
    ] = None,
) -> Response:
    """Each with its newest rows, status, rates, worst filesystem and 24 h of CPU use."""
    families = FAMILIES if family is None else [find_family(name) for name in family]
    history = request.app.state.history
    return RowsResponse(
        listing.list_servers(session, shown, history, limit=limit, offset=offset, families=families)
    )


@router.get(
    "/{server_id}",
    operation_id="get_server",
    summary="One server with its newest rows of every family",
    response_model=ServerDetail,
    responses=errors(401, 404),
    dependencies=[Depends(require_reader)],
)
def get_server(
    server_id: ServerId,
    session: ReadSession,
    shown: AppShownSnapshots,
    *,
    hidden: Annotated[
        bool, Query(description="List what hide rules leave out too; the health stays without it.")
    ] = False,
) -> Response:
    """Families that were never reported are null; an empty list says that there is none."""
    server = service.get_server(session, server_id)
    return _described(session, server, shown, with_hidden=hidden)


@router.put(
    "/{server_id}",
    operation_id="update_server",
    summary="Rename a server, or tag it",
    response_model=ServerDetail,
    responses=errors(401, 403, 404, 422),
    dependencies=[Depends(require_writer)],
)
def update_server(
    server_id: ServerId, change: ServerUpdate, session: WriteSession, shown: AppShownSnapshots
) -> Response:
    """What the body leaves out stays as it is."""
    return _described(session, service.update_server(session, server_id, change), shown)


@router.put(
    "/{server_id}/pause",
    operation_id="pause_server",
    summary="Stop judging a server",
    response_model=ServerDetail,
    responses=errors(401, 403, 404),
    dependencies=[Depends(require_writer)],
)
def pause_server(server_id: ServerId, session: WriteSession, shown: AppShownSnapshots) -> Response:
    """Its heartbeats are still kept, but it counts as neither well nor down."""
    return _described(session, service.set_paused(session, server_id, paused=True), shown)


@router.put(
    "/{server_id}/unpause",
    operation_id="unpause_server",
    summary="Judge a server again",
    response_model=ServerDetail,
    responses=errors(401, 403, 404),
    dependencies=[Depends(require_writer)],
)
def unpause_server(
    server_id: ServerId, session: WriteSession, shown: AppShownSnapshots
) -> Response:
    """The end of a pause."""
    return _described(session, service.set_paused(session, server_id, paused=False), shown)


@router.delete(
    "/{server_id}",
    operation_id="delete_server",
    summary="Delete a server and its history",
    status_code=204,
    responses=errors(401, 403, 404),
)
def delete_server(
    server_id: ServerId,
    admin: Admin,
    session: WriteSession,
    snapshots: AppSnapshots,
    tokens: KnownAgents,
    client: RequestClient,
) -> None:
    """It is hidden and its tokens are refused at once; the history is purged in the background."""
    server = service.delete_server(session, server_id)
    tokens.revoke_server(session, server.id)
    audit.record(session, "server.deleted", actor=admin.label, subject=server_id, client=client)
    snapshots.forget(server.id)


@router.post(
    "/{server_id}/merge",
    operation_id="merge_server",
    summary="Give a server's history to another one, and delete it",
    status_code=202,
    responses=errors(401, 403, 404, 409, 422),
)
def merge_server(
    server_id: ServerId,
    merge: ServerMerge,
    admin: Admin,
    session: WriteSession,
    snapshots: AppSnapshots,
    tokens: KnownAgents,
    client: RequestClient,
) -> None:
    """For a host that was reinstalled or renamed: hidden at once, moved in the background.

    Where both have samples of a time, what is there stays.
    """
    server = service.merge_server(session, server_id, merge.into)
    tokens.revoke_server(session, server.id)
    subject = f"{server_id} into {merge.into}"
    audit.record(session, "server.merged", actor=admin.label, subject=subject, client=client)
    snapshots.forget(server.id)


@router.delete(
    "/{server_id}/filesystems",
    operation_id="forget_filesystem",
    summary="Stop showing a filesystem that will not come back",
    status_code=204,
    responses=errors(401, 403, 404, 422),
    dependencies=[Depends(require_writer)],
)
def forget_filesystem(
    server_id: ServerId,
    session: WriteSession,
    snapshots: AppSnapshots,
    mount_point: Annotated[str, Query(min_length=1, max_length=255, examples=["/mnt/usb"])],
) -> None:
    """Its history stays, and it is shown again once it is mounted again."""
    service.forget_filesystem(session, snapshots, server_id, mount_point)


def _described(
    session: ReadSession, server: Server, shown: ShownSnapshots, *, with_hidden: bool = False
) -> Response:
    snapshot = shown.get(session.connection(), server.id)
    content: dict[str, Any] = service.describe(server, snapshot, now_ms(), with_hidden=with_hidden)
    return RowsResponse(content)
