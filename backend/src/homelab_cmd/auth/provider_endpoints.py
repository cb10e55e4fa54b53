"""The endpoints of logging in by another's word: an OpenID provider's, or a proxy's before us."""

from __future__ import annotations

import hmac
import logging
import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from homelab_cmd.auth import one_time, outside
from homelab_cmd.auth.dependencies import Auth, Person, RequestClient, require_same_origin
from homelab_cmd.auth.endpoints import is_secure, logged_in, set_session_cookie
from homelab_cmd.auth.models import User
from homelab_cmd.auth.oidc import Flow, Identity, ProviderError
from homelab_cmd.auth.one_time import Purpose
from homelab_cmd.auth.principals import Client
from homelab_cmd.auth.proxy import user_of_proxy
from homelab_cmd.auth.schemas import LoginMethods, ProviderStart, ProviderUrl, SessionToken
from homelab_cmd.auth.service import AuthService, Login
from homelab_cmd.clock import MINUTE_MS, SECOND_MS
from homelab_cmd.db.database import Database
from homelab_cmd.db.sessions import AppDatabase
from homelab_cmd.errors import ApiError, Forbidden, NotFound, Unavailable
from homelab_cmd.openapi import errors

if TYPE_CHECKING:
    from homelab_cmd.auth.oidc_client import Provider

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
log = logging.getLogger(__name__)

FLOW_COOKIE = "homelab_cmd_provider"
RETRY_SECONDS = 10
FLOW_LIFETIME_MS = 10 * MINUTE_MS
_ROOT = "../../../../"  # from the callback to the page's root, whatever path a proxy puts before
_NEXT = re.compile(r"(?!/)[\w\-/?=&.%+,~]{0,100}", re.ASCII)


@router.get("/methods", operation_id="get_login_methods", summary="How one can log in")
async def get_login_methods(request: Request) -> LoginMethods:
    """Open to all, for the page to know what to show. User name and password are always there."""
    settings = request.app.state.settings
    return LoginMethods(
        provider=settings.oidc_name if request.app.state.provider else None,
        proxy_user=user_of_proxy(request.scope, settings),
    )


@router.post(
    "/provider/start",
    operation_id="start_provider_login",
    summary="Begin a login at the OpenID provider",
    responses=errors(403, 404, 422, 503),
    dependencies=[Depends(require_same_origin)],
)
async def start_provider_login(
    body: ProviderStart, request: Request, response: Response, database: AppDatabase
) -> ProviderUrl:
    """Send the browser to `url`; it comes back to the callback within ten minutes."""
    return await _begin(request, response, database, f" {body.next}")


@router.post(
    "/provider/connect",
    operation_id="connect_provider",
    summary="Let oneself log in by the OpenID provider as well",
    responses=errors(401, 403, 404, 422, 503),
)
async def connect_provider(
    request: Request, response: Response, person: Person, database: AppDatabase
) -> ProviderUrl:
    """Send the browser to `url`; when it comes back, the identity there belongs to this account."""
    return await _begin(request, response, database, f"{person.session_id} settings/account")


@router.get(
    "/provider/callback",
    operation_id="finish_provider_login",
    summary="Where the OpenID provider sends the browser back to",
    status_code=302,
    response_class=RedirectResponse,
    responses=errors(404, 422),
)
async def finish_provider_login(
    request: Request,
    auth: Auth,
    database: AppDatabase,
    client: RequestClient,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4_096)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """To the page with a session, or to its login with `problem` naming why there is none."""
    provider = _provider(request)
    flow = Flow(request.cookies.get(FLOW_COOKIE, ""))
    try:
        asked = await run_in_threadpool(_claim, database, flow, state)
        if error or not code:
            raise Forbidden(error or "no code", code="PROVIDER_REFUSED")
        identity = await _identity(provider, code, flow)
        where, login = await run_in_threadpool(
            _admit, request, auth, database, asked, identity, client
        )
    except ApiError as problem:
        log.warning("nobody logged in by the OpenID provider: %s", problem.message)
        where, login = f"login?problem={quote(problem.code)}", None
    response = RedirectResponse(_ROOT + where, status_code=302)
    response.delete_cookie(FLOW_COOKIE, path="/", httponly=True, samesite="lax")
    if login is not None:
        set_session_cookie(login, request, response)
    return response


@router.post(
    "/proxy",
    operation_id="log_in_by_proxy",
    summary="Log in as the user whom a trusted proxy names",
    responses=errors(403, 404, 422),
    dependencies=[Depends(require_same_origin)],
)
def log_in_by_proxy(
    request: Request,
    response: Response,
    auth: Auth,
    database: AppDatabase,
    client: RequestClient,
) -> SessionToken:
    """`HOMELAB_CMD_PROXY_USER_HEADER` names the header; only named proxies are believed."""
    settings = request.app.state.settings
    if not settings.proxy_user_header:
        raise NotFound("Proxies are not asked for a user: see HOMELAB_CMD_PROXY_USER_HEADER.")
    name = user_of_proxy(request.scope, settings)
    if name is None:
        raise Forbidden("No proxy that is trusted names a user.", code="NO_PROXY_USER")
    admission = outside.Admission(settings.login_sign_up)
    with database.write() as session:
        user = outside.person_of_proxy(session, name, admission, client)
        login = auth.begin(session, user, client)
    return logged_in(login, request, response)


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound("No OpenID provider is set up: see HOMELAB_CMD_OIDC_ISSUER.")
    return provider


async def _begin(
    request: Request, response: Response, database: Database, subject: str
) -> ProviderUrl:
    provider = _provider(request)
    flow = Flow(await run_in_threadpool(_issue, database, subject))
    try:
        url = await provider.authorization_url(flow)
    except ProviderError as error:
        log.warning("the OpenID provider %s", error)
        raise _failed(error) from None
    # Lax: the way back begins at another site, where a strict cookie would stay away.
    response.set_cookie(
        FLOW_COOKIE,
        flow.secret,
        max_age=FLOW_LIFETIME_MS // SECOND_MS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return ProviderUrl(url=url)


def _failed(error: ProviderError) -> Unavailable:
    return Unavailable(
        f"The OpenID provider {error}.", retry_after_seconds=RETRY_SECONDS, code="PROVIDER_FAILED"
    )


def _issue(database: Database, subject: str) -> str:
    with database.write() as session:
        return one_time.issue(
            session, Purpose.PROVIDER, lifetime_ms=FLOW_LIFETIME_MS, subject=subject
        )


def _claim(database: Database, flow: Flow, state: str) -> str:
    """What the flow was begun for, once. Raises Forbidden for one that is not this browser's."""
    with database.write() as session:
        subject = one_time.claim(session, Purpose.PROVIDER, flow.secret)
    if subject is None or not hmac.compare_digest(flow.state.encode(), state.encode()):
        raise Forbidden("The login was begun elsewhere, or too long ago.", code="LOGIN_EXPIRED")
    return subject


async def _identity(provider: Provider, code: str, flow: Flow) -> Identity:
    try:
        return await provider.identity(code, flow)
    except ProviderError as error:
        raise _failed(error) from None


def _admit(
    request: Request,
    auth: AuthService,
    database: Database,
    asked: str,
    identity: Identity,
    client: Client,
) -> tuple[str, Login | None]:
    """The page to go to, and the session that begins; None where one goes on."""
    settings = request.app.state.settings
    session_id, _, wanted = asked.partition(" ")
    with database.write() as session:
        if session_id:
            principal = auth.person_of_session(session, int(session_id))
            user = principal and session.get(User, principal.id)
            if not user:
                raise Forbidden("The session has ended meanwhile.", code="LOGIN_EXPIRED")
            outside.connect(session, user, identity, client)
            return wanted, None
        admission = outside.Admission(settings.login_sign_up, settings.oidc_admin_group)
        user = outside.person_of_identity(session, identity, admission, client)
        return (wanted if _NEXT.fullmatch(wanted) else ""), auth.begin(session, user, client)
