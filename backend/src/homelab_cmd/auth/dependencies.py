"""What endpoints ask for: a principal with a scope, or the agent of a server.

What touches no database is a coroutine: FastAPI sends each plain function through a thread.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from homelab_cmd.auth.agent_tokens import AgentTokens
from homelab_cmd.auth.principals import Client, Principal, Scope
from homelab_cmd.auth.service import AuthService
from homelab_cmd.auth.tokens import AGENT_PREFIX
from homelab_cmd.errors import Forbidden, Unauthorized

SESSION_COOKIE = "homelab_cmd_session"
CSRF_HEADER = "X-Requested-With"
CSRF_VALUE = "homelab-cmd"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="A person's JWT from the login, a script's API token, or an agent's token.",
)
_cookie = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="session",
    description=f"The page's session; changes need the header `{CSRF_HEADER}: {CSRF_VALUE}`.",
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Cookie = Annotated[str | None, Depends(_cookie)]


def get_auth(request: HTTPConnection) -> AuthService:
    """The application's AuthService."""
    auth: AuthService = request.app.state.auth
    return auth


def get_agent_tokens(request: HTTPConnection) -> AgentTokens:
    """The application's AgentTokens."""
    tokens: AgentTokens = request.app.state.agent_tokens
    return tokens


async def client_of(request: HTTPConnection) -> Client:
    """Where the request comes from."""
    host = request.client.host if request.client else "unknown"
    return Client(address=host, user_agent=request.headers.get("user-agent", ""))


async def _asked_auth(request: HTTPConnection) -> AuthService:
    return get_auth(request)


async def _asked_agent_tokens(request: HTTPConnection) -> AgentTokens:
    return get_agent_tokens(request)


Auth = Annotated[AuthService, Depends(_asked_auth)]
KnownAgents = Annotated[AgentTokens, Depends(_asked_agent_tokens)]
RequestClient = Annotated[Client, Depends(client_of)]


def current_principal(request: Request, bearer: Bearer, cookie: Cookie) -> Principal:
    """Who asks: a person or a script. Raises Unauthorized; Forbidden for an agent or CSRF.

    It uses transactions of its own, so that an endpoint that streams holds none open for this.
    """
    if bearer is not None:
        return principal_of_bearer(request, bearer.credentials)
    if cookie is None:
        raise Unauthorized("Log in, or send a token.", code="NOT_AUTHENTICATED")
    principal = get_auth(request).identify(cookie)
    if principal is None:
        raise Unauthorized("The session has ended: log in again.", code="SESSION_ENDED")
    if request.method not in _SAFE_METHODS:
        _guard_against_forgery(request)
    return principal


def principal_of_bearer(connection: HTTPConnection, credential: str) -> Principal:
    """Who sent this in a bearer header. Raises Unauthorized, and Forbidden for an agent."""
    if credential.startswith(AGENT_PREFIX):
        get_agent_tokens(connection).verify_in_thread(credential)
        raise Forbidden("An agent's token only sends heartbeats.", code="AGENT_TOKEN")
    principal = get_auth(connection).identify(credential)
    if principal is None:
        raise Unauthorized("This token is not valid (any more).", code="BAD_TOKEN")
    return principal


async def require_reader(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
    """Anybody who proved who they are."""
    return principal


async def require_writer(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
    """An admin, or a token with the scope `write`. Raises Forbidden."""
    return _require(principal, Scope.WRITE)


async def require_admin(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
    """An admin, or a token with the scope `admin`. Raises Forbidden."""
    return _require(principal, Scope.ADMIN)


async def require_person(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
    """A person with a session, whatever their role. Raises Forbidden for a script."""
    if principal.kind != "user":
        raise Forbidden("This is for people who logged in.", code="NOT_A_PERSON")
    return principal


def _require(principal: Principal, needed: Scope) -> Principal:
    if not principal.scope.includes(needed):
        raise Forbidden(
            f"This needs the scope {needed}; {principal.name} has {principal.scope}.",
            code="SCOPE_TOO_SMALL",
        )
    return principal


Reader = Annotated[Principal, Depends(require_reader)]
Writer = Annotated[Principal, Depends(require_writer)]
Admin = Annotated[Principal, Depends(require_admin)]
Person = Annotated[Principal, Depends(require_person)]


def is_same_origin(connection: HTTPConnection, public_url: str) -> bool:
    """Whether the page that asks is our own; what is no browser sends no Origin and may.

    The host is compared, not the scheme: behind a proxy that ends TLS ours is http.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    ours = {connection.headers.get("host", "").lower(), urlsplit(public_url).netloc.lower()}
    return urlsplit(origin).netloc.lower() in ours - {""}


def require_same_origin(request: Request) -> None:
    """Refuse what another site's page sends. Raises Forbidden."""
    if not is_same_origin(request, request.app.state.settings.public_url):
        raise Forbidden("This request comes from another site's page.", code="CROSS_ORIGIN")


def _guard_against_forgery(request: Request) -> None:
    # Another site can make a browser send the cookie, but not this header without our consent
    # (it makes the request subject to CORS, which we never grant).
    require_same_origin(request)
    if request.headers.get(CSRF_HEADER) != CSRF_VALUE:
        raise Forbidden(
            f"Changes with the session cookie need the header {CSRF_HEADER}: {CSRF_VALUE}.",
            code="CSRF",
        )
