"""People: made, listed, given a role, deleted. All within the caller's transaction."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from homelab_cmd.auth import audit, limits, repository, second_factor
from homelab_cmd.auth.models import User
from homelab_cmd.auth.principals import Client, Role
from homelab_cmd.clock import now_ms
from homelab_cmd.errors import Conflict, NotFound, Unprocessable

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def normal_name(name: str) -> str | None:
    """The name as it is kept and compared: in lower case, without blanks around it.

    None where nobody can have it; such text is neither looked up nor stored anywhere.
    """
    normal = name.strip().lower()
    return normal if _NAME.fullmatch(normal) else None


def create_user(
    session: Session, name: str, role: Role, password_hash: str, *, actor: str, client: Client
) -> User:
    """A new person. Raises Unprocessable for a bad name, Conflict for one that is taken."""
    normal = normal_name(name)
    if normal is None:
        raise Unprocessable(
            "A user name has 1 to 64 letters, digits and . _ @ -, and begins with a letter or "
            "a digit.",
            code="BAD_NAME",
            path=["body", "username"],
        )
    if repository.user_by_name(session, normal) is not None:
        raise Conflict(f"There is a user {normal} already.", code="NAME_TAKEN")
    user = User(name=normal, role=role.value, password_hash=password_hash, created_at_ms=now_ms())
    session.add(user)
    session.flush()
    audit.record(session, "user.created", actor=actor, subject=f"{normal} ({role})", client=client)
    return user


def get_user(session: Session, name: str) -> User:
    """The person of that name. Raises NotFound."""
    normal = normal_name(name)
    user = None if normal is None else repository.user_by_name(session, normal)
    if user is None:
        raise NotFound(f"There is no user {name[:64]!r}.")
    return user


def list_users(session: Session, *, limit: int, offset: int) -> tuple[list[User], int]:
    """A page of people by name, and how many there are."""
    return repository.users(session, limit=limit, offset=offset), repository.count_users(session)


def set_role(session: Session, name: str, role: Role, *, actor: str, client: Client) -> User:
    """Change what a person may, at once. Raises NotFound, Conflict for the last admin."""
    user = get_user(session, name)
    if user.role != role.value:
        _keep_an_admin(session, user)
        user.role = role.value
        subject = f"{user.name} ({role})"
        audit.record(session, "user.role", actor=actor, subject=subject, client=client)
    return user


def set_password(
    session: Session,
    user: User,
    password_hash: str,
    *,
    keep_session: int | None = None,
    actor: str,
    client: Client,
) -> None:
    """A new password; it ends the person's sessions but `keep_session`."""
    user.password_hash = password_hash
    repository.end_sessions(session, user.id, but=keep_session)
    limits.forgive(session, account=user.name)
    audit.record(session, "user.password", actor=actor, subject=user.name, client=client)


def forget_second_factor(session: Session, name: str, *, actor: str, client: Client) -> None:
    """Let a person in without a code. Raises NotFound for the person, or where none is on."""
    user = get_user(session, name)
    if not second_factor.turn_off(session, user.id):
        raise NotFound(f"{user.name} has no second factor.")
    audit.record(session, "second_factor.off", actor=actor, subject=user.name, client=client)


def delete_user(session: Session, name: str, *, actor: str, client: Client) -> None:
    """Delete a person and end their sessions. Raises NotFound, Conflict for the last admin."""
    user = get_user(session, name)
    _keep_an_admin(session, user)
    repository.end_sessions(session, user.id)
    session.delete(user)
    audit.record(session, "user.deleted", actor=actor, subject=user.name, client=client)


def _keep_an_admin(session: Session, user: User) -> None:
    if user.role == Role.ADMIN.value and repository.count_admins(session) == 1:
        raise Conflict(f"{user.name} is the last admin; make another one first.", code="LAST_ADMIN")
