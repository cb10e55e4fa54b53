"""Agents' tokens: each bound to one server, checked in memory, revoked within seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from anyio.to_thread import run_sync
from sqlalchemy.orm import Session

from homelab_cmd.auth import audit, repository
from homelab_cmd.auth.models import AgentToken
from homelab_cmd.auth.principals import AgentIdentity, Client, Principal
from homelab_cmd.auth.tokens import AGENT_PREFIX, MAX_SECRET_CHARACTERS, digest, new_secret
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database, after_commit
from homelab_cmd.errors import Conflict, Forbidden, NotFound, Unauthorized
from homelab_cmd.servers.service import create_server, get_server

MAX_STALENESS_SECONDS = 2.0
"""How long another process may still accept a token that this one has revoked."""


@dataclass(frozen=True, slots=True)
class _Known:
    """All valid tokens, as the database had them at a moment of the monotonic clock."""

    by_digest: dict[bytes, AgentIdentity]
    loaded_at: float


class AgentTokens:
    """Checks agents' tokens without asking the database for each heartbeat.

    It holds all of them, reads them again once they are two seconds old, and asks the database
    about a token it doesn't know, which may have been made a moment ago by another process.
    """

    def __init__(
        self, database: Database, identify_other: Callable[[str], Principal | None]
    ) -> None:
        self._database = database
        self._identify_other = identify_other
        self._known = _Known({}, float("-inf"))
        self._lock = threading.Lock()
        self._changes = 0

    async def verify(self, token: str) -> AgentIdentity:
        """Whose token this is; asks the database, where it must, in a thread.

        Raises Unauthorized, and Forbidden for a credential of a person or a script.
        """
        identity = self._lookup_fresh(token)
        return identity if identity is not None else await run_sync(self.verify_in_thread, token)

    def verify_in_thread(self, token: str) -> AgentIdentity:
        """As `verify`, where waiting for the database is allowed."""
        if not token.startswith(AGENT_PREFIX):
            if self._identify_other(token) is None:
                raise Unauthorized("This token is not valid (any more).", code="BAD_TOKEN")
            raise Forbidden("Only an agent's token may send heartbeats.", code="NOT_AN_AGENT")
        identity = self._lookup_fresh(token)
        if identity is None and len(token) <= MAX_SECRET_CHARACTERS:
            identity = self._load().by_digest.get(digest(token))
        if identity is None:
            raise Unauthorized(
                "This agent token is not known: it was revoked, or its server deleted. "
                "Enrol the host again.",
                code="BAD_AGENT_TOKEN",
            )
        return identity

    def revoke_server(self, session: Session, server_key: int) -> int:
        """Revoke a server's tokens, in this process at the commit; how many there were."""
        self.follow(session)
        return repository.delete_agent_tokens(session, server_key)

    def follow(self, session: Session) -> None:
        """The session changes tokens or servers: read them anew once it has committed."""
        after_commit(session, self.changed)

    def changed(self) -> None:
        """Say, after the commit, that tokens or servers changed: the next check reads anew."""
        with self._lock:
            self._changes += 1
            self._known = _Known({}, float("-inf"))

    def _lookup_fresh(self, token: str) -> AgentIdentity | None:
        known = self._known
        if time.monotonic() - known.loaded_at > MAX_STALENESS_SECONDS:
            return None
        return known.by_digest.get(digest(token))

    def _load(self) -> _Known:
        changes = self._changes
        loaded_at = time.monotonic()
        with self._database.read() as session:
            known = _Known(repository.agent_identities(session), loaded_at)
        with self._lock:
            if changes == self._changes:  # else what was read may be from before the change
                self._known = known
        return known


def add_agent(session: Session, server_id: str, *, actor: str, client: Client) -> str:
    """The first token of a server, which is made where there is none of that name.

    Raises Conflict where it has one already, Unprocessable for a bad name.
    """
    try:
        server = get_server(session, server_id)
    except NotFound:
        server = create_server(session, server_id)
    if repository.has_agent_token(session, server.id):
        raise Conflict(
            f"The server {server_id} has an agent token already: rotate it, or revoke it first.",
            code="HAS_TOKEN",
        )
    return create_agent_token(session, server.id, server_id, actor=actor, client=client)


def create_agent_token(
    session: Session, server_key: int, server_id: str, *, actor: str, client: Client
) -> str:
    """A further token for the server; its secret is not kept."""
    secret = new_secret(AGENT_PREFIX)
    session.add(
        AgentToken(
            server_key=server_key, digest=digest(secret), created_at_ms=now_ms(), created_by=actor
        )
    )
    audit.record(session, "agent_token.created", actor=actor, subject=server_id, client=client)
    return secret


def rotate_agent_token(
    session: Session, server_key: int, server_id: str, *, actor: str, client: Client
) -> str:
    """A new token in the place of all that the server has."""
    repository.delete_agent_tokens(session, server_key)
    return create_agent_token(session, server_key, server_id, actor=actor, client=client)


def revoke_agent_tokens(
    session: Session, server_key: int, server_id: str, *, actor: str, client: Client
) -> None:
    """Revoke all tokens of a server. Raises NotFound where it has none."""
    if repository.delete_agent_tokens(session, server_key) == 0:
        raise NotFound(f"The server {server_id} has no agent token.")
    audit.record(session, "agent_token.revoked", actor=actor, subject=server_id, client=client)


def list_agent_tokens(
    session: Session, *, limit: int, offset: int
) -> tuple[list[tuple[str, AgentToken]], int]:
    """A page of (server_id, token) by server, and how many there are."""
    return repository.agent_tokens(session, limit=limit, offset=offset)
