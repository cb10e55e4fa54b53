"""Who asks: a person or a script (`Principal`), or the agent of one server (`AgentIdentity`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Scope(StrEnum):
    """What a credential may do; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, needed: Scope) -> bool:
        """Whether what needs `needed` may be done with this scope."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


class Role(StrEnum):
    """What a person is: a viewer looks, an admin changes."""

    ADMIN = "admin"
    VIEWER = "viewer"

    @property
    def scope(self) -> Scope:
        return Scope.ADMIN if self is Role.ADMIN else Scope.READ


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who proved who they are. `session_id` is set for a person alone."""

    kind: Literal["user", "api_token"]
    id: int
    name: str
    scope: Scope
    session_id: int | None = None

    @property
    def label(self) -> str:
        """How the audit log names them: `user:anna`, `api_token:backup`."""
        return f"{self.kind}:{self.name}"

    def may_see(self, server_id: str) -> bool:  # noqa: ARG002 - so far all servers alike
        """Whether this reader is shown that server; every stream asks for every message."""
        return self.scope.includes(Scope.READ)


@dataclass(frozen=True, slots=True)
class AgentIdentity:
    """The agent that holds a valid token, and the one server it may write."""

    server_key: int
    server_id: str
    guid: str | None
    token_id: int


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from, for limits and the audit log."""

    address: str
    user_agent: str = ""


COMMAND_LINE = Client(address="command line")
