"""One round of housekeeping, in short transactions that ingest does not feel."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import delete, select

from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.locks import Duty, granted
from homelab_cmd.history.interface import HistoryEngine, Report
from homelab_cmd.housekeeping.bound import Bound, keep_below
from homelab_cmd.keeping.limits import Limits
from homelab_cmd.servers.models import Server

log = logging.getLogger(__name__)

VACUUM_PAGES_PER_SLICE = 200


@dataclass
class Round:
    """What a round did."""

    history: Report = field(default_factory=Report)
    purged_servers: list[str] = field(default_factory=list)
    freed_pages: int = 0


def run_round(
    database: Database, engine: HistoryEngine, limits: Limits, stop: Callable[[], bool]
) -> Round:
    """All that is due, unless another process is at it. Ends early, soon after `stop()` is true."""
    done = Round()
    with granted(database.engine, Duty.HOUSEKEEPING) as mine:
        if not mine:
            done.history.complete = False
            return done
        _purge_deleted(database, engine, done, stop)
        done.history = engine.maintain(database, now_ms(), limits.retention, stop)
        if database.is_sqlite:
            if limits.max_bytes is not None:
                bound = Bound(limits.max_bytes, limits.retention)
                problem = keep_below(database, engine, bound, now_ms(), stop)
                done.history.problems += [problem] if problem else []
            done.freed_pages = _give_space_back(database, stop)
    return done


def _purge_deleted(
    database: Database, engine: HistoryEngine, done: Round, stop: Callable[[], bool]
) -> None:
    with database.connect() as connection:
        deleted = connection.execute(
            select(Server.id, Server.server_id, Server.merge_into).where(
                Server.deleted_at_ms.is_not(None)
            )
        ).all()
    for server_key, server_id, merge_into in deleted:
        if merge_into is not None and not engine.merge(database, server_key, merge_into, stop):
            return
        if stop() or not engine.forget(database, server_key, stop):
            return
        with database.connect(write=True) as connection:
            connection.execute(delete(Server).where(Server.id == server_key))
        done.purged_servers.append(server_id)


def _give_space_back(database: Database, stop: Callable[[], bool]) -> int:
    """Return free pages to the filesystem, a slice at a time; how many."""
    freed = 0
    while not stop():
        with database.connect(write=True) as connection:
            free = connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0
            # Some are soon needed again: keep a tenth of the file's pages at hand.
            total = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
            if free <= max(total // 10, VACUUM_PAGES_PER_SLICE):
                return freed
            # It frees a page a step. SQLAlchemy takes it for done after the first: it has no rows.
            cursor = connection.connection.cursor()
            cursor.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES_PER_SLICE})")
            cursor.fetchall()
            freed += VACUUM_PAGES_PER_SLICE
    return freed
