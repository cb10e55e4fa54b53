"""Moving house: an installation into another database, while its agents keep sending.

It may be run again and again: each run copies what is new, and what a killed one left. The source
is only read. In the end the old server is stopped, a last run takes what came since, and the new
one is started; what agents could not deliver meanwhile they deliver then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import StartupError
from homelab_cmd.history.rows.tables import floors
from homelab_cmd.history.tiers import floor_to
from homelab_cmd.moving import progress
from homelab_cmd.moving.comparing import Comparison, compare
from homelab_cmd.moving.history import Mover, Side
from homelab_cmd.moving.tables import COPIED, copy_tables
from homelab_cmd.servers.models import Server

# While agents keep sending there is always something new: so often it is looked for in one run.
_PASSES = 3

Tell = Callable[[str], None]


@dataclass
class Moved:
    """What a run copied, and what is there now."""

    heartbeats: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)


def move(source: Side, target: Side, tell: Tell) -> Moved:
    """Copy an installation with its history, and compare. Raises StartupError where it can't be.

    tell: takes sentences about how far it is
    """
    _begin(source.database, target.database)
    mover = Mover(source, target, floor_to(now_ms(), DAY_MS))
    moved = Moved()
    for number in range(_PASSES):
        moved.rows = _copy_tables(mover)
        changed = mover.changed_days()
        if number and not changed:
            break
        moved.heartbeats += _copy_history(mover, changed, tell)
    with target.database.connect() as connection:
        copied = progress.copied_days(connection)
    moved.comparison = compare(mover, _servers(source.database), copied)
    if not moved.comparison.differences:
        with target.database.connect(write=True) as connection:
            progress.finish(connection, now_ms())
    return moved


def take_possession(database: Database) -> None:
    """Before a server serves a database: a move into it is over, or refuses the server.

    Raises StartupError where a part of the installation is still missing.
    """
    with database.connect() as connection:
        source = progress.source_of(connection)
        finished = progress.is_finished(connection)
    if source is None:
        return
    if not finished:
        raise StartupError(
            f"The move from {source} into this database has not come to its end: run `homelab-cmd "
            "migrate-to` again, or name an empty database."
        )
    with database.connect(write=True) as connection:
        progress.forget_move(connection)


def _begin(source: Database, target: Database) -> None:
    name = source.url.render_as_string(hide_password=True)
    if source.url == target.url:
        raise StartupError("That is the database the installation is in; name another.")
    with target.connect(write=True) as connection:
        known = progress.source_of(connection)
        if known not in (None, name):
            raise StartupError(f"Into that database {known} is being moved; name another.")
        if known is None and any(
            connection.execute(select(table).limit(1)).first() for table in COPIED
        ):
            raise StartupError("That database holds an installation already; name an empty one.")
        progress.begin(connection, name)


def _copy_tables(mover: Mover) -> dict[str, int]:
    """Make all but history equal; the history of servers that are gone goes first."""
    wanted, there = _servers(mover.source.database), _servers(mover.target.database)
    for server_key in there.keys() - wanted.keys():
        mover.target.engine.forget(mover.target.database, server_key, lambda: False)
    with (
        mover.source.database.connect() as source,
        mover.target.database.connect(write=True) as target,
    ):
        return copy_tables(source, target)


def _copy_history(mover: Mover, changed: dict[tuple[int, int], int], tell: Tell) -> int:
    new = 0
    servers = _servers(mover.source.database)
    for server_key, server_id in servers.items():
        days = [day_ms for of_server, day_ms in changed if of_server == server_key]
        for day_ms in days:
            new += mover.copy_day(server_key, day_ms, changed[server_key, day_ms])
        mover.copy_windows(server_key)
        tell(f"{server_id}: {len(days)} days of samples, and all windows")
    # Only now, for what is below a floor is not read, nor made again.
    with (
        mover.source.database.connect() as source,
        mover.target.database.connect(write=True) as target,
    ):
        copy_tables(source, target, (floors,))
    return new


def _servers(database: Database) -> dict[int, str]:
    with database.connect() as connection:
        rows = connection.execute(select(Server.id, Server.server_id).order_by(Server.id))
        return {row.id: row.server_id for row in rows}
