"""The SQL of accounts, credentials and the audit log."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from homelab_cmd.auth.models import (
    AgentToken,
    ApiToken,
    AuditEntry,
    LoginWindow,
    OneTimeSecret,
    SigningKey,
    User,
    UserSession,
)
from homelab_cmd.auth.principals import AgentIdentity, Principal, Role, Scope
from homelab_cmd.servers.models import Server

# ---- people


def count_users(session: Session) -> int:
    """How many people there are."""
    return session.scalar(select(func.count()).select_from(User)) or 0


def count_admins(session: Session) -> int:
    """How many of them are admins."""
    return session.scalar(select(func.count()).select_from(User).where(User.role == "admin")) or 0


def user_by_name(session: Session, name: str) -> User | None:
    """The person of that (normal) name."""
    return session.scalar(select(User).where(User.name == name))


def users(session: Session, *, limit: int, offset: int) -> list[User]:
    """A page of people by name."""
    return list(session.scalars(select(User).order_by(User.name).limit(limit).offset(offset)))


# These two are asked at every request: built once, and without the ORM, they take a third.
_LIVE_SESSION = (
    select(UserSession.id, User.id, User.name, User.role)
    .join(User, User.id == UserSession.user_id)
    .where(UserSession.jti == bindparam("jti"), UserSession.expires_at_ms > bindparam("now_ms"))
)
_LIVE_API_TOKEN = select(ApiToken.id, ApiToken.name, ApiToken.scope).where(
    ApiToken.digest == bindparam("digest"),
    or_(ApiToken.expires_at_ms.is_(None), ApiToken.expires_at_ms > bindparam("now_ms")),
)


def person_of_session(connection: Connection, jti: str, now_ms: int) -> Principal | None:
    """Whose session it is, where it has neither ended nor expired."""
    row = connection.execute(_LIVE_SESSION, {"jti": jti, "now_ms": now_ms}).one_or_none()
    if row is None:
        return None
    session_id, user_id, name, role = row
    return Principal("user", user_id, name, Role(role).scope, session_id)


def script_of_token(connection: Connection, digest: bytes, now_ms: int) -> Principal | None:
    """Whose secret has this digest, where it is neither revoked nor expired."""
    row = connection.execute(_LIVE_API_TOKEN, {"digest": digest, "now_ms": now_ms}).one_or_none()
    return None if row is None else Principal("api_token", row[0], row[1], Scope(row[2]))


def live_sessions(session: Session, user_id: int, now_ms: int) -> list[UserSession]:
    """Newest first."""
    return list(
        session.scalars(
            select(UserSession)
            .where(UserSession.user_id == user_id, UserSession.expires_at_ms > now_ms)
            .order_by(UserSession.id.desc())
        )
    )


def end_session(session: Session, session_id: int, user_id: int) -> bool:
    """End one session of this user; whether there was such a one."""
    statement = delete(UserSession).where(
        UserSession.id == session_id, UserSession.user_id == user_id
    )
    return session.scalar(statement.returning(UserSession.id)) is not None


def end_sessions(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End all sessions of a user, but one where it is named."""
    statement = delete(UserSession).where(UserSession.user_id == user_id)
    if but is not None:
        statement = statement.where(UserSession.id != but)
    session.execute(statement)


def forget_expired_sessions(session: Session, now_ms: int) -> None:
    """Delete what can be used no more."""
    session.execute(delete(UserSession).where(UserSession.expires_at_ms <= now_ms))


# ---- signing keys


def newest_signing_key(session: Session) -> SigningKey | None:
    """The key to sign with."""
    return session.scalar(select(SigningKey).order_by(SigningKey.created_at_ms.desc()).limit(1))


def signing_secret(session: Session, kid: str) -> bytes | None:
    """The key of that id."""
    return session.scalar(select(SigningKey.secret).where(SigningKey.kid == kid))


def forget_signing_keys(session: Session, *, created_before_ms: int) -> None:
    """Delete keys of which no living session can be."""
    session.execute(delete(SigningKey).where(SigningKey.created_at_ms < created_before_ms))


# ---- API tokens


def api_token_by_name(session: Session, name: str) -> ApiToken | None:
    """The token of that name."""
    return session.scalar(select(ApiToken).where(ApiToken.name == name))


def api_tokens(session: Session, *, limit: int, offset: int) -> tuple[list[ApiToken], int]:
    """By name, and how many there are."""
    page = select(ApiToken).order_by(ApiToken.name).limit(limit).offset(offset)
    total = session.scalar(select(func.count()).select_from(ApiToken)) or 0
    return list(session.scalars(page)), total


# ---- agents' tokens


def agent_identities(session: Session) -> dict[bytes, AgentIdentity]:
    """Every valid agent token by its digest; those of deleted servers are not."""
    rows = session.execute(
        select(AgentToken.digest, Server.id, Server.server_id, Server.guid, AgentToken.id)
        .join(Server, Server.id == AgentToken.server_key)
        .where(Server.deleted_at_ms.is_(None))
    )
    return {row[0]: AgentIdentity(row[1], row[2], row[3], row[4]) for row in rows}


def agent_tokens(
    session: Session, *, limit: int, offset: int
) -> tuple[list[tuple[str, AgentToken]], int]:
    """A page of (server_id, token) by server, and how many there are."""
    valid = (
        select(Server.server_id, AgentToken)
        .join(Server, Server.id == AgentToken.server_key)
        .where(Server.deleted_at_ms.is_(None))
    )
    total = session.scalar(select(func.count()).select_from(valid.subquery())) or 0
    page = valid.order_by(Server.server_id, AgentToken.id).limit(limit).offset(offset)
    return [(row[0], row[1]) for row in session.execute(page)], total


def has_agent_token(session: Session, server_key: int) -> bool:
    """Whether an agent may write as this server."""
    query = select(AgentToken.id).where(AgentToken.server_key == server_key).limit(1)
    return session.scalar(query) is not None


def delete_agent_tokens(session: Session, server_key: int) -> int:
    """Delete all tokens of a server; how many there were."""
    statement = delete(AgentToken).where(AgentToken.server_key == server_key)
    return len(session.scalars(statement.returning(AgentToken.id)).all())


# ---- one-time secrets


def delete_secret(session: Session, purpose: str, digest: bytes, now_ms: int) -> str | None:
    """Delete the unexpired secret and return its subject; None where there is none."""
    return session.scalar(
        delete(OneTimeSecret)
        .where(
            OneTimeSecret.digest == digest,
            OneTimeSecret.purpose == purpose,
            OneTimeSecret.expires_at_ms > now_ms,
        )
        .returning(OneTimeSecret.subject)
    )


def delete_secrets(session: Session, purpose: str) -> None:
    """Delete all secrets of a purpose."""
    session.execute(delete(OneTimeSecret).where(OneTimeSecret.purpose == purpose))


def forget_expired_secrets(session: Session, now_ms: int) -> None:
    """Delete what nobody can claim any more."""
    session.execute(delete(OneTimeSecret).where(OneTimeSecret.expires_at_ms <= now_ms))


# ---- login windows


def count_login_check(session: Session, bucket: str, now_ms: int) -> LoginWindow:
    """Add one to the bucket's window, opening it where there is none. One atomic statement."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(LoginWindow)
        .values(bucket=bucket, started_at_ms=now_ms, checks=1)
        .on_conflict_do_update(
            index_elements=[LoginWindow.bucket], set_={"checks": LoginWindow.checks + 1}
        )
        .returning(LoginWindow)
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).one()


def uncount_login_check(session: Session, bucket: str) -> None:
    """Take one from the bucket's window, if it has one."""
    session.execute(
        update(LoginWindow)
        .where(LoginWindow.bucket == bucket)
        .values(checks=case((LoginWindow.checks > 0, LoginWindow.checks - 1), else_=0))
    )


def forget_login_bucket(session: Session, bucket: str) -> None:
    """Begin the bucket afresh."""
    session.execute(delete(LoginWindow).where(LoginWindow.bucket == bucket))


def forget_login_windows(session: Session, *, started_before_ms: int) -> None:
    """Delete the windows that are over."""
    session.execute(delete(LoginWindow).where(LoginWindow.started_at_ms <= started_before_ms))


# ---- audit log


def forget_audit_entries(session: Session, *, up_to_id: int) -> None:
    """Delete the oldest entries."""
    session.execute(delete(AuditEntry).where(AuditEntry.id <= up_to_id))


def audit_entries(session: Session, *, limit: int, offset: int) -> tuple[list[AuditEntry], int]:
    """A page of entries, newest first, and how many there are."""
    page = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit).offset(offset)
    total = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    return list(session.scalars(page)), total
