"""The endpoints of logging in and of one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, Response

from homelab_cmd.auth.dependencies import (
    SESSION_COOKIE,
    Auth,
    Person,
    Reader,
    RequestClient,
    require_same_origin,
)
from homelab_cmd.auth.passwords import MAX_CHARACTERS
from homelab_cmd.auth.schemas import (
    Me,
    PasswordChange,
    SessionInfo,
    SessionList,
    SessionToken,
    SetupRequest,
    SetupState,
    Ticket,
)
from homelab_cmd.auth.service import TICKET_LIFETIME_MS, Login
from homelab_cmd.clock import SECOND_MS
from homelab_cmd.errors import NotFound
from homelab_cmd.openapi import errors

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


@router.get(
    "/setup", operation_id="get_setup", summary="Whether the first user is still to be made"
)
def get_setup(auth: Auth) -> SetupState:
    """Open to all, for the page to know what to show."""
    return SetupState(needed=auth.setup_needed())


@router.post(
    "/setup",
    operation_id="set_up",
    summary="Make the first admin with the one-time link, and log in",
    status_code=201,
    responses=errors(403, 409, 422),
    dependencies=[Depends(require_same_origin)],
)
def set_up(
    body: SetupRequest, request: Request, response: Response, auth: Auth, client: RequestClient
) -> SessionToken:
    """The link is good once, for a day, and only while there is no user."""
    login = auth.set_up(body.setup_token, body.username, body.password, client)
    return logged_in(login, request, response)


@router.post(
    "/login",
    operation_id="log_in",
    summary="Log in with user name and password",
    responses=errors(401, 403, 422, 429),
    dependencies=[Depends(require_same_origin)],
)
def log_in(
    username: Annotated[str, Form(max_length=64, examples=["anna"])],
    password: Annotated[str, Form(max_length=MAX_CHARACTERS)],
    request: Request,
    response: Response,
    auth: Auth,
    client: RequestClient,
    code: Annotated[
        str, Form(max_length=20, description="Of the second factor, where the person has one.")
    ] = "",
) -> SessionToken:
    """Ten checks in a quarter of an hour per account and per address; then 429.

    401 `CODE_NEEDED`: the password is right, the second factor's code is missing.
    """
    return logged_in(auth.log_in(username, password, client, code), request, response)


@router.post(
    "/logout",
    operation_id="log_out",
    summary="End the session",
    status_code=204,
    responses=errors(401, 403),
)
def log_out(principal: Person, response: Response, auth: Auth, client: RequestClient) -> None:
    """The JWT and the cookie are refused from now on."""
    auth.log_out(principal, client)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")


@router.get("/me", operation_id="get_me", summary="Who asks", responses=errors(401, 403))
def get_me(principal: Reader) -> Me:
    """The person or script that the credential belongs to."""
    return Me(kind=principal.kind, name=principal.name, scope=principal.scope)


@router.post(
    "/ticket",
    operation_id="create_ticket",
    summary="A ticket that opens one WebSocket",
    status_code=201,
    responses=errors(401, 403),
)
def create_ticket(principal: Reader, auth: Auth) -> Ticket:
    """Browsers can't send a header with a WebSocket; a one-time ticket may stand in its URL."""
    return Ticket(ticket=auth.issue_ticket(principal), expires_in=TICKET_LIFETIME_MS // SECOND_MS)


@router.post(
    "/password",
    operation_id="change_password",
    summary="Change one's own password",
    status_code=204,
    responses=errors(401, 403, 422, 429),
)
def change_password(
    body: PasswordChange, principal: Person, auth: Auth, client: RequestClient
) -> None:
    """All other sessions of the person end."""
    auth.change_password(principal, body.current_password, body.new_password, client)


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="Where one is logged in",
    responses=errors(401, 403),
)
def list_sessions(principal: Person, auth: Auth) -> SessionList:
    """Newest first, a hundred at most."""
    sessions = [SessionInfo.model_validate(row) for row in auth.sessions_of(principal)]
    for session in sessions:
        session.current = session.id == principal.session_id
    return SessionList(sessions=sessions)


@router.delete(
    "/sessions/{session_id}",
    operation_id="end_session",
    summary="Log out somewhere else",
    status_code=204,
    responses=errors(401, 403, 404, 422),
)
def end_session(
    session_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    principal: Person,
    auth: Auth,
    client: RequestClient,
) -> None:
    """Ends one of one's own sessions at once."""
    if not auth.end_session(principal, session_id, client):
        raise NotFound(f"There is no session {session_id} of yours.")


def logged_in(login: Login, request: Request, response: Response) -> SessionToken:
    """The session as an answer, and as the page's cookie."""
    set_session_cookie(login, request, response)
    response.headers["Cache-Control"] = "no-store"
    return SessionToken(access_token=login.access_token, expires_in=login.expires_in_seconds)


def set_session_cookie(login: Login, request: Request, response: Response) -> None:
    """Put the session into the answer as the page's cookie."""
    response.set_cookie(
        SESSION_COOKIE,
        login.access_token,
        max_age=login.expires_in_seconds,
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )


def is_secure(request: Request) -> bool:
    """Whether browsers speak TLS with us, or with a proxy before us."""
    public_url: str = request.app.state.settings.public_url
    return request.url.scheme == "https" or public_url.startswith("https://")
