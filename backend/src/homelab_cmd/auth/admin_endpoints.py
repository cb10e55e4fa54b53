"""The endpoints of people, API tokens and the audit log, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from homelab_cmd.auth import api_tokens, audit, users
from homelab_cmd.auth.dependencies import Admin, RequestClient
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.schemas import (
    AuditInfo,
    AuditList,
    TokenCreate,
    TokenCreated,
    TokenInfo,
    TokenList,
    UserCreate,
    UserInfo,
    UserList,
    UserUpdate,
)
from homelab_cmd.clock import DAY_MS
from homelab_cmd.db.sessions import AppDatabase, ReadSession, WriteSession
from homelab_cmd.openapi import errors

router = APIRouter(prefix="/api/v1", tags=["accounts"])

Limit = Annotated[int, Query(ge=1, le=1_000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
UserName = Annotated[str, Path(min_length=1, max_length=64, examples=["anna"])]


@router.get(
    "/users",
    operation_id="list_users",
    summary="All people, by name",
    responses=errors(401, 403, 422),
)
def list_users(
    _admin: Admin, session: ReadSession, limit: Limit = 100, offset: Offset = 0
) -> UserList:
    """For admins."""
    page, total = users.list_users(session, limit=limit, offset=offset)
    return UserList(users=[UserInfo.model_validate(user) for user in page], total=total)


@router.post(
    "/users",
    operation_id="create_user",
    summary="Add a person",
    status_code=201,
    responses=errors(401, 403, 409, 422),
)
def create_user(
    body: UserCreate, admin: Admin, database: AppDatabase, client: RequestClient
) -> UserInfo:
    """A viewer looks, an admin changes."""
    password_hash = hash_password(body.password)  # before the write lock is taken
    with database.write() as session:
        user = users.create_user(
            session, body.username, body.role, password_hash, actor=admin.label, client=client
        )
        return UserInfo.model_validate(user)


@router.patch(
    "/users/{username}",
    operation_id="update_user",
    summary="Change a person's role, or set a new password",
    responses=errors(401, 403, 404, 409, 422),
)
def update_user(
    username: UserName,
    body: UserUpdate,
    admin: Admin,
    database: AppDatabase,
    client: RequestClient,
) -> UserInfo:
    """A new role holds at once; a new password ends the person's sessions."""
    password_hash = hash_password(body.password) if body.password is not None else None
    with database.write() as session:
        user = users.get_user(session, username)
        if body.role is not None:
            users.set_role(session, username, body.role, actor=admin.label, client=client)
        if password_hash is not None:
            users.set_password(session, user, password_hash, actor=admin.label, client=client)
        return UserInfo.model_validate(user)


@router.delete(
    "/users/{username}",
    operation_id="delete_user",
    summary="Delete a person",
    status_code=204,
    responses=errors(401, 403, 404, 409, 422),
)
def delete_user(
    username: UserName, admin: Admin, session: WriteSession, client: RequestClient
) -> None:
    """Their sessions end at once; the last admin can't be deleted."""
    users.delete_user(session, username, actor=admin.label, client=client)


@router.get(
    "/tokens",
    operation_id="list_tokens",
    summary="All API tokens, by name",
    responses=errors(401, 403, 422),
)
def list_tokens(
    _admin: Admin, session: ReadSession, limit: Limit = 100, offset: Offset = 0
) -> TokenList:
    """Without their secrets, which are not kept."""
    page, total = api_tokens.list_api_tokens(session, limit=limit, offset=offset)
    return TokenList(tokens=[TokenInfo.model_validate(token) for token in page], total=total)


@router.post(
    "/tokens",
    operation_id="create_token",
    summary="Make an API token",
    status_code=201,
    responses=errors(401, 403, 409, 422),
)
def create_token(
    body: TokenCreate,
    admin: Admin,
    session: WriteSession,
    client: RequestClient,
    response: Response,
) -> TokenCreated:
    """The secret is in this answer and nowhere else."""
    days = body.expires_in_days
    token, secret = api_tokens.create_api_token(
        session,
        body.name,
        body.scope,
        lifetime_ms=None if days is None else days * DAY_MS,
        actor=admin.label,
        client=client,
    )
    response.headers["Cache-Control"] = "no-store"
    return TokenCreated.model_validate({**vars(token), "token": secret})


@router.delete(
    "/tokens/{token_id}",
    operation_id="revoke_token",
    summary="Revoke an API token",
    status_code=204,
    responses=errors(401, 403, 404, 422),
)
def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    admin: Admin,
    session: WriteSession,
    client: RequestClient,
) -> None:
    """It is refused from now on."""
    api_tokens.revoke_api_token(session, token_id, actor=admin.label, client=client)


@router.get(
    "/audit",
    operation_id="list_audit_entries",
    summary="Logins, credentials and deletions, newest first",
    responses=errors(401, 403, 422),
)
def list_audit_entries(
    _admin: Admin, session: ReadSession, limit: Limit = 100, offset: Offset = 0
) -> AuditList:
    """The newest 10,000 entries are kept."""
    page, total = audit.entries(session, limit=limit, offset=offset)
    return AuditList(entries=[AuditInfo.model_validate(entry) for entry in page], total=total)
