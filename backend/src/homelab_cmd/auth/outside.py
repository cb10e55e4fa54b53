"""People whom somebody else vouches for: an OpenID provider, or a proxy before us that logs in."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from homelab_cmd.auth import audit, repository, users
from homelab_cmd.auth.models import ProviderIdentity, User
from homelab_cmd.auth.oidc import Identity
from homelab_cmd.auth.principals import Client, Role
from homelab_cmd.clock import now_ms
from homelab_cmd.errors import Conflict, Forbidden

log = logging.getLogger(__name__)

NO_PASSWORD = ""
"""What is stored for those who log in elsewhere; no password is right for it."""


@dataclass(frozen=True)
class Admission:
    """Who is let in: whether people without an account get one, and the group of the admins."""

    sign_up: bool
    admin_group: str = ""

    def role_of(self, groups: frozenset[str]) -> Role | None:
        """What the groups make of a person; None where the provider has no say."""
        if not self.admin_group:
            return None
        return Role.ADMIN if self.admin_group in groups else Role.VIEWER


def person_of_identity(
    session: Session, identity: Identity, admission: Admission, client: Client
) -> User:
    """The person behind an identity; a new one where there is none and sign-up is allowed.

    An account of the same name is not taken over: names at the provider may change hands.
    Raises Conflict for such a name, Forbidden without sign-up, Unprocessable for a bad name.
    """
    user = session.scalar(
        select(User)
        .join(ProviderIdentity, ProviderIdentity.user_id == User.id)
        .where(
            ProviderIdentity.issuer == identity.issuer,
            ProviderIdentity.subject == identity.subject,
        )
    )
    role = admission.role_of(identity.groups)
    if user is None:
        if not admission.sign_up:
            raise Forbidden(f"There is no account for {identity.name!r} here.", code="NO_ACCOUNT")
        user = users.create_user(
            session,
            identity.name,
            role or Role.VIEWER,
            NO_PASSWORD,
            actor=f"provider:{identity.issuer}",
            client=client,
        )
        _connect(session, user, identity)
    elif role is not None:
        _give_role(session, user, role, f"provider:{identity.issuer}", client)
    return user


def connect(session: Session, user: User, identity: Identity, client: Client) -> None:
    """Let the person log in by this identity as well. Raises Conflict where it is another's."""
    known = session.scalar(
        select(ProviderIdentity).where(
            ProviderIdentity.issuer == identity.issuer,
            ProviderIdentity.subject == identity.subject,
        )
    )
    if known is None:
        _connect(session, user, identity)
        audit.record(
            session, "user.connected", actor=f"user:{user.name}", subject=user.name, client=client
        )
    elif known.user_id != user.id:
        raise Conflict("That identity belongs to another account here.", code="IDENTITY_TAKEN")


def person_of_proxy(session: Session, name: str, admission: Admission, client: Client) -> User:
    """The person whom the proxy names; a new viewer where there is none and sign-up is allowed.

    The proxy vouches for names, so the account of that name is meant. Raises Forbidden without
    sign-up, Unprocessable for a bad name.
    """
    user = repository.user_by_name(session, users.normal_name(name) or "")
    if user is not None:
        return user
    if not admission.sign_up:
        raise Forbidden(f"There is no account for {name[:64]!r} here.", code="NO_ACCOUNT")
    return users.create_user(session, name, Role.VIEWER, NO_PASSWORD, actor="proxy", client=client)


def _give_role(session: Session, user: User, role: Role, actor: str, client: Client) -> None:
    try:
        users.set_role(session, user.name, role, actor=actor, client=client)
    except Conflict:
        # The last admin stays one: a group mistyped in the settings must lock nobody out.
        log.warning("%s stays an admin, as the last one", user.name)


def _connect(session: Session, user: User, identity: Identity) -> None:
    session.add(
        ProviderIdentity(
            user_id=user.id,
            issuer=identity.issuer,
            subject=identity.subject,
            created_at_ms=now_ms(),
        )
    )
