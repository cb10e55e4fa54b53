"""The endpoints of enrolment and of agents' tokens."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from homelab_cmd.agent_archive import agent_archive
from homelab_cmd.auth import agent_tokens
from homelab_cmd.auth.dependencies import Admin, KnownAgents, RequestClient
from homelab_cmd.clock import MINUTE_MS, now_ms
from homelab_cmd.db.sessions import ReadSession, WriteSession
from homelab_cmd.enrolment import codes, service
from homelab_cmd.enrolment.lines import paste_lines
from homelab_cmd.enrolment.schemas import (
    AgentInfo,
    AgentList,
    Code,
    CodeRequest,
    Enrolled,
    EnrolmentLines,
    EnrolRequest,
)
from homelab_cmd.openapi import errors
from homelab_cmd.servers.models import Server
from homelab_cmd.servers.service import get_server
from homelab_cmd.servers.status import status_of
from homelab_cmd.tls import own_pins

router = APIRouter(tags=["agents"])

ServerId = Annotated[str, Path(min_length=1, max_length=100, examples=["nas"])]


@router.post(
    "/api/v1/enrolment/codes",
    operation_id="create_enrolment_code",
    summary="A single-use code, and the line to paste on the new host",
    status_code=201,
    responses=errors(401, 403, 404, 422),
)
def create_enrolment_code(
    body: CodeRequest,
    admin: Admin,
    request: Request,
    response: Response,
    session: WriteSession,
    client: RequestClient,
) -> Code:
    """The lines name the address that this request came to, or the setting `public_url`."""
    if body.server_id is not None:
        get_server(session, body.server_id)
    code = codes.issue_code(
        session,
        minutes=body.minutes,
        server_id=body.server_id,
        actor=admin.label,
        client=client,
    )
    response.headers["Cache-Control"] = "no-store"
    url = request.app.state.settings.public_url or str(request.base_url)
    pins = own_pins(request.app.state.settings, url)
    lines = EnrolmentLines.model_validate(paste_lines(url, code, pins))
    expires_at_ms = now_ms() + body.minutes * MINUTE_MS
    return Code.model_validate({"code": code, "expires_at": expires_at_ms, "lines": lines})


@router.post(
    "/api/v1/agents/enrol",
    operation_id="enrol_agent",
    summary="Exchange a code for the token of a server",
    responses=errors(403, 404, 409, 422),
)
def enrol_agent(
    body: EnrolRequest,
    request: Request,
    response: Response,
    session: WriteSession,
    tokens: KnownAgents,
    client: RequestClient,
) -> Enrolled:
    """Open to all: the code is the credential. A known guid is the same server under any name.

    409 `SAME_HOST`: a server of this name is known and silent; say `same_as` or `new_host`.
    """
    newcomer = service.Newcomer(body.hostname, str(body.server_guid), body.same_as, body.new_host)
    snapshots = request.app.state.snapshots

    def is_reporting(server: Server) -> bool:
        status = status_of(
            snapshots.get(session.connection(), server.id), paused=False, now_ms=now_ms()
        )
        return status in {"online", "stale"}

    server_id, token = service.enrol(
        session, tokens, body.code, newcomer, is_reporting=is_reporting, client=client
    )
    response.headers["Cache-Control"] = "no-store"
    return Enrolled(server_id=server_id, token=token)


@router.get(
    "/api/v1/agents",
    operation_id="list_agents",
    summary="Which servers have an agent's token",
    responses=errors(401, 403, 422),
)
def list_agents(
    _admin: Admin,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> AgentList:
    """By server."""
    page, total = agent_tokens.list_agent_tokens(session, limit=limit, offset=offset)
    agents = [
        AgentInfo.model_validate(
            {
                "server_id": server_id,
                "created_at": token.created_at_ms,
                "created_by": token.created_by,
            }
        )
        for server_id, token in page
    ]
    return AgentList(agents=agents, total=total)


@router.post(
    "/api/v1/agents/{server_id}/rotate",
    operation_id="rotate_agent_token",
    summary="A new token for a server's agent",
    responses=errors(401, 403, 404, 422),
)
def rotate_agent_token(
    server_id: ServerId,
    admin: Admin,
    response: Response,
    session: WriteSession,
    tokens: KnownAgents,
    client: RequestClient,
) -> Enrolled:
    """The old one is refused from now on; what the agent measures meanwhile it keeps."""
    server = get_server(session, server_id)
    tokens.follow(session)
    secret = agent_tokens.rotate_agent_token(
        session, server.id, server_id, actor=admin.label, client=client
    )
    response.headers["Cache-Control"] = "no-store"
    return Enrolled(server_id=server_id, token=secret)


@router.delete(
    "/api/v1/agents/{server_id}",
    operation_id="revoke_agent_tokens",
    summary="Refuse a server's agent from now on",
    status_code=204,
    responses=errors(401, 403, 404, 422),
)
def revoke_agent_tokens(
    server_id: ServerId,
    admin: Admin,
    session: WriteSession,
    tokens: KnownAgents,
    client: RequestClient,
) -> None:
    """The server and its history stay."""
    server = get_server(session, server_id)
    tokens.follow(session)
    agent_tokens.revoke_agent_tokens(
        session, server.id, server_id, actor=admin.label, client=client
    )


@router.get(
    "/install.sh",
    operation_id="get_install_script",
    summary="The script that installs the agent",
    response_class=Response,
    responses={200: {"content": {"text/x-shellscript": {}}}},
)
def get_install_script() -> Response:
    """Open to all; it holds no secret."""
    return Response(_install_script(), media_type="text/x-shellscript; charset=utf-8")


@router.get(
    "/agent/homelab-agent.pyz",
    operation_id="get_agent",
    summary="The agent as one file for Python 3.10 and newer",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
def get_agent() -> Response:
    """Open to all; always of the server's own version."""
    return Response(agent_archive(), media_type="application/zip")


@cache
def _install_script() -> bytes:
    return (files("homelab_cmd.enrolment") / "install.sh").read_bytes()
