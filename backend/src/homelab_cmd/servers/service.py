"""Servers: listed, shown, renamed, paused, deleted, and known again."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from homelab_agent.contract import FAMILIES, FILESYSTEM, HOST, Family
from homelab_agent.contract.filesystem import fills_up
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from homelab_cmd.clock import iso, now_ms
from homelab_cmd.errors import Conflict, Forbidden, NotFound, Unprocessable
from homelab_cmd.families import family_by_name
from homelab_cmd.servers import repository
from homelab_cmd.servers.models import Server, snapshot_column
from homelab_cmd.servers.schemas import ServerUpdate
from homelab_cmd.servers.snapshots import Snapshot, Snapshots
from homelab_cmd.servers.status import health_of, problems_of, status_of

SERVER_ID = re.compile(r"^[a-z0-9-]{1,100}$")


def get_server(session: Session, server_id: str) -> Server:
    """The server of that name. Raises NotFound."""
    server = repository.find(session, server_id)
    if server is None:
        raise NotFound(f"There is no server {server_id!r}.")
    return server


def find_server(session: Session, server_id: str) -> Server | None:
    """The server of that name, or None."""
    return repository.find(session, server_id)


def server_key(connection: Connection, server_id: str) -> int:
    """The key of the server of that name. Raises NotFound."""
    key = repository.find_key(connection, server_id)
    if key is None:
        raise NotFound(f"There is no server {server_id!r}.")
    return key


def server_names(connection: Connection) -> dict[int, str]:
    """By key the servers' names, in their order, up to 1,000."""
    return repository.names(connection)


def named_servers(session: Session) -> list[tuple[int, str, bool]]:
    """(key, name, whether paused) of every server, by name."""
    return repository.named(session)


def server_with_guid(session: Session, guid: str) -> Server | None:
    """The server that is this machine, or None."""
    return repository.find_guid(session, guid)


def name_is_taken(session: Session, server_id: str) -> bool:
    """Whether a server has that name, or had it and is not purged yet."""
    return repository.name_is_taken(session, server_id)


def create_server(session: Session, server_id: str, *, guid: str | None = None) -> Server:
    """A new server that has not reported yet. Raises Unprocessable, Conflict."""
    if not SERVER_ID.match(server_id):
        raise Unprocessable(
            "server_id: use 1 to 100 small letters, digits and hyphens", path=["server_id"]
        )
    if repository.name_is_taken(session, server_id):
        raise Conflict(f"There is a server {server_id!r} already.", code="NAME_TAKEN")
    now = now_ms()
    server = Server(
        server_id=server_id, guid=guid, tags=[], created_at_ms=now, updated_at_ms=now, as_of_ms={}
    )
    session.add(server)
    session.flush()
    return server


def claim_guid(session: Session, server_key: int, guid: str) -> None:
    """Bind a server to the guid that its agent says, the first time it does.

    Raises Forbidden where the guid is another server's, Conflict where this one has another.
    """
    server = repository.get(session, server_key)
    if server is None or server.deleted_at_ms is not None:
        raise NotFound("This server was deleted.")
    if server.guid == guid:
        return
    other = repository.find_guid(session, guid)
    if other is not None:
        raise Forbidden("server_guid: it is another server's.", code="GUID_OF_ANOTHER")
    if server.guid is not None:
        raise Conflict(
            f"server_guid: this server's is {server.guid}; enrol the host again if it was "
            "reinstalled.",
            code="GUID_MISMATCH",
        )
    server.guid = guid


def update_server(session: Session, server_id: str, change: ServerUpdate) -> Server:
    """Change what a person may change. Raises NotFound."""
    server = get_server(session, server_id)
    if change.display_name is not None:
        server.display_name = change.display_name
    if change.tags is not None:
        server.tags = sorted(set(change.tags))
    server.updated_at_ms = now_ms()
    return server


def set_paused(session: Session, server_id: str, *, paused: bool) -> Server:
    """Pause or unpause: its heartbeats are kept, but it counts as neither well nor down."""
    server = get_server(session, server_id)
    server.paused_at_ms = now_ms() if paused else None
    server.updated_at_ms = now_ms()
    return server


def delete_server(session: Session, server_id: str) -> Server:
    """Hide a server and free its guid; housekeeping purges its history. Raises NotFound."""
    server = get_server(session, server_id)
    server.deleted_at_ms = now_ms()
    server.guid = None
    return server


def merge_server(session: Session, server_id: str, into: str) -> Server:
    """Hide a server whose history goes to another one; housekeeping moves it, then purges.

    Raises NotFound, Unprocessable where both are the same, Conflict where it takes in another.
    """
    server, other = get_server(session, server_id), get_server(session, into)
    if server.id == other.id:
        raise Unprocessable("into: a server can't be merged into itself.", path=["body", "into"])
    if repository.takes_in(session, server.id):
        raise Conflict(
            f"{server_id} is just taking in another server's history; merge it after that.",
            code="MERGE_UNDER_WAY",
        )
    delete_server(session, server_id)
    server.merge_into = other.id
    other.created_at_ms = min(other.created_at_ms, server.created_at_ms)
    return server


def describe(
    server: Server,
    snapshot: Snapshot,
    at_ms: int,
    *,
    with_hidden: bool = False,
    families: Collection[Family] = FAMILIES,
) -> dict[str, Any]:
    """A server as API clients see it; rows stay msgspec structs.

    `with_hidden` lists what hide rules leave out too, after the rest; no judgement changes by it.
    Only of `families` are there rows, of the others None.
    """
    facts = snapshot.facts
    status = status_of(snapshot, paused=server.paused_at_ms is not None, now_ms=at_ms)
    rx_rate, tx_rate = snapshot.rates()
    problems = problems_of(snapshot)
    host = next(iter(snapshot.rows.get(HOST.name, [])), None)
    described: dict[str, Any] = {
        "id": server.server_id,
        "guid": server.guid,
        "hostname": facts.get("hostname"),
        "display_name": server.display_name,
        "status": status,
        "health": health_of(problems, status),
        "problems": problems,
        "last_seen": _iso(snapshot.last_seen_ms),
        "interval_seconds": _seconds(facts.get("interval_ms")),
        "as_of": {name: iso(time_ms) for name, time_ms in snapshot.as_of_ms.items()},
        "ip_addresses": facts.get("ip_addresses"),
        "agent_version": facts.get("agent_version"),
        "boot_id": facts.get("boot_id"),
        "clock_offset_seconds": facts.get("clock_offset_seconds"),
        "uptime_seconds": host.uptime_seconds if host is not None else None,
        "collectors": facts.get("collectors") or {},
        "rx_rate": rx_rate,
        "tx_rate": tx_rate,
        "hidden": _hidden_keys(snapshot),
        "tags": server.tags,
        "created_at": iso(server.created_at_ms),
        "updated_at": iso(server.updated_at_ms),
    }
    described |= _named_parts(facts)
    for family in FAMILIES:
        wanted = family in families
        rows = _rows(snapshot, family, with_hidden=with_hidden) if wanted else None
        described[snapshot_column(family)] = rows
    return described


def worst_filesystem(snapshot: Snapshot) -> dict[str, Any] | None:
    """The fullest filesystem that answers and can fill up, or None."""
    filling = [row for row in snapshot.rows.get(FILESYSTEM.name, []) if fills_up(row)]
    if not filling:
        return None
    worst = max(filling, key=lambda row: row.percent)
    return {
        "mount_point": worst.mount_point,
        "percent": worst.percent,
        "available_bytes": worst.available_bytes,
    }


def forget_filesystem(
    session: Session, snapshots: Snapshots, server_id: str, mount_point: str
) -> None:
    """Stop showing a filesystem that will not come back. Raises NotFound."""
    server = get_server(session, server_id)
    if not snapshots.forget_row(session, server.id, FILESYSTEM.name, "mount_point", mount_point):
        raise NotFound(f"{server_id} shows no filesystem at {mount_point!r}.")


def _rows(snapshot: Snapshot, family: Family, *, with_hidden: bool) -> Any:
    rows = snapshot.rows.get(family.name)
    if rows is None:
        return None
    if family.key is None:
        return rows[0]
    return [*rows, *snapshot.hidden.get(family.name, [])] if with_hidden else rows


def _hidden_keys(snapshot: Snapshot) -> dict[str, list[str]]:
    keys = {}
    for name, rows in snapshot.hidden.items():
        key = family_by_name(name).key
        keys[name] = [getattr(row, key.name) for row in rows] if key else []
    return keys


def _named_parts(facts: dict[str, Any]) -> dict[str, Any]:
    os_info = facts.get("os_info") or {}
    cpu_info = facts.get("cpu_info") or {}
    parts = {f"os_{name}": os_info.get(name) for name in _OS_PARTS}
    return parts | {name: cpu_info.get(name) for name in ("cpu_model", "cpu_cores")}


_OS_PARTS = ("distribution", "version", "kernel", "architecture")


def _iso(time_ms: int | None) -> str | None:
    return None if time_ms is None else iso(time_ms)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1_000
