"""Scripts' credentials: made, listed, revoked, within the caller's transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from homelab_cmd.auth import audit, repository
from homelab_cmd.auth.models import ApiToken
from homelab_cmd.auth.principals import Client, Principal, Scope
from homelab_cmd.auth.tokens import API_TOKEN_PREFIX, digest, new_secret
from homelab_cmd.clock import now_ms
from homelab_cmd.errors import Conflict, NotFound, Unprocessable

MAX_NAME_CHARACTERS = 100


def create_api_token(
    session: Session,
    name: str,
    scope: Scope,
    *,
    lifetime_ms: int | None = None,
    actor: str,
    client: Client,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is not kept. Raises Unprocessable, Conflict."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        raise Unprocessable(
            f"A token's name has 1 to {MAX_NAME_CHARACTERS} printable characters.",
            code="BAD_NAME",
            path=["body", "name"],
        )
    if repository.api_token_by_name(session, name) is not None:
        raise Conflict(f"There is a token {name!r} already.", code="NAME_TAKEN")
    secret = new_secret(API_TOKEN_PREFIX)
    now = now_ms()
    token = ApiToken(
        name=name,
        scope=scope.value,
        digest=digest(secret),
        created_at_ms=now,
        created_by=actor,
        expires_at_ms=None if lifetime_ms is None else now + lifetime_ms,
    )
    session.add(token)
    session.flush()
    audit.record(session, "token.created", actor=actor, subject=f"{name} ({scope})", client=client)
    return token, secret


def list_api_tokens(session: Session, *, limit: int, offset: int) -> tuple[list[ApiToken], int]:
    """A page of tokens by name, and how many there are."""
    return repository.api_tokens(session, limit=limit, offset=offset)


def revoke_api_token(session: Session, token_id: int, *, actor: str, client: Client) -> None:
    """Revoke at once. Raises NotFound."""
    _revoke(session, session.get(ApiToken, token_id), str(token_id), actor, client)


def revoke_api_token_named(session: Session, name: str, *, actor: str, client: Client) -> None:
    """Revoke at once. Raises NotFound."""
    _revoke(session, repository.api_token_by_name(session, name), repr(name), actor, client)


def principal_of(token: ApiToken) -> Principal | None:
    """The token as a principal, where it has not expired."""
    if token.expires_at_ms is not None and token.expires_at_ms <= now_ms():
        return None
    return Principal(kind="api_token", id=token.id, name=token.name, scope=Scope(token.scope))


def _revoke(
    session: Session, token: ApiToken | None, asked: str, actor: str, client: Client
) -> None:
    if token is None:
        raise NotFound(f"There is no token {asked}.")
    session.delete(token)
    audit.record(session, "token.revoked", actor=actor, subject=token.name, client=client)
