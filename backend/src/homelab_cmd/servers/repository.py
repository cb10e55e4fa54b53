"""The SQL of servers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import Session, load_only

from homelab_cmd.servers.models import Server

_KEY = select(Server.id).where(
    Server.server_id == bindparam("server_id"), Server.deleted_at_ms.is_(None)
)
_NAMES = (
    select(Server.id, Server.server_id)
    .where(Server.deleted_at_ms.is_(None))
    .order_by(Server.server_id)
    .limit(1_000)
)


_DESCRIBED = (
    Server.server_id,
    Server.guid,
    Server.display_name,
    Server.tags,
    Server.created_at_ms,
    Server.updated_at_ms,
    Server.paused_at_ms,
)


def find_key(connection: Connection, server_id: str) -> int | None:
    """The key of the server of that name, unless it was deleted."""
    return connection.scalar(_KEY, {"server_id": server_id})


def names(connection: Connection) -> dict[int, str]:
    """By key the servers' names, in their order, up to 1,000."""
    return {row.id: row.server_id for row in connection.execute(_NAMES)}


def list_servers(session: Session, *, limit: int, offset: int) -> tuple[Sequence[Server], int]:
    """A page of servers by name, without their snapshots' columns; how many there are in all."""
    shown = select(Server).where(Server.deleted_at_ms.is_(None))
    total = session.scalar(select(func.count()).select_from(shown.subquery())) or 0
    page = shown.order_by(Server.server_id).limit(limit).offset(offset)
    # What it last said comes from the snapshots: its JSON is not read here.
    described = page.options(load_only(*_DESCRIBED, raiseload=True))
    return session.scalars(described).all(), total


def find(session: Session, server_id: str) -> Server | None:
    """The server of that name, unless it was deleted."""
    return session.scalar(
        select(Server).where(Server.server_id == server_id, Server.deleted_at_ms.is_(None))
    )


def find_guid(session: Session, guid: str) -> Server | None:
    """The server with that guid, unless it was deleted."""
    return session.scalar(select(Server).where(Server.guid == guid, Server.deleted_at_ms.is_(None)))


def get(session: Session, server_key: int) -> Server | None:
    """The server with that key, deleted or not."""
    return session.get(Server, server_key)


def name_is_taken(session: Session, server_id: str) -> bool:
    """Whether a server has that name, deleted ones included until they are purged."""
    return session.scalar(select(Server.id).where(Server.server_id == server_id)) is not None


def takes_in(session: Session, server_key: int) -> bool:
    """Whether another server's history is on its way to this one."""
    return session.scalar(select(Server.id).where(Server.merge_into == server_key)) is not None


def named(session: Session) -> list[tuple[int, str, bool]]:
    """(key, name, whether paused) of every server, by name; without the snapshots' columns."""
    shown = select(Server.id, Server.server_id, Server.paused_at_ms)
    rows = session.execute(shown.where(Server.deleted_at_ms.is_(None)).order_by(Server.server_id))
    return [(key, server_id, paused_at_ms is not None) for key, server_id, paused_at_ms in rows]
