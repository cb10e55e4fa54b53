"""Examines an installation from the file up to the roll-ups, and mends what can be."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.history.audit import days_to_compare, differences
from homelab_cmd.history.interface import Examination, HistoryEngine
from homelab_cmd.servers.service import server_names


@dataclass
class Findings:
    """What was looked at and found. The texts are sentences for people.

    days: of servers, whose roll-ups were compared with their samples, and how many there are
    """

    database: list[str] = field(default_factory=list)
    history: Examination = field(default_factory=Examination)
    days_compared: int = 0
    days: int = 0
    roll_ups: list[str] = field(default_factory=list)
    remade: int = 0

    @property
    def sound(self) -> bool:
        return not (self.database or self.history.problems or self.roll_ups)


def examine(
    database: Database, engine: HistoryEngine, *, seconds: float | None, mend: bool
) -> Findings:
    """Look at everything; at roll-ups for so many seconds, days chosen by chance, None for all."""
    findings = Findings(database=damaged_relations(database))
    findings.history = engine.examine(database, mend=mend)
    _compare_roll_ups(database, engine, findings, seconds=seconds, mend=mend)
    return findings


def damaged_relations(database: Database) -> list[str]:
    """What the database itself knows to be wrong, beyond what it refuses to store."""
    if not database.is_sqlite:
        return []  # constraints are checked as rows are written; pg_amcheck looks at indexes
    try:
        with database.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    except DBAPIError as error:
        return [f"The database can't be read: {error.orig}."]
    tables = sorted({str(row[0]) for row in found})
    return [f"Rows of {table} belong to something that is gone." for table in tables]


def _compare_roll_ups(
    database: Database,
    engine: HistoryEngine,
    findings: Findings,
    *,
    seconds: float | None,
    mend: bool,
) -> None:
    ends_at = None if seconds is None else time.monotonic() + seconds
    with database.connect() as connection:
        names = server_names(connection)
        days = days_to_compare(connection, engine, list(names), now_ms())
    findings.days = len(days)
    random.shuffle(days)  # a check that is cut short looks elsewhere the next time
    for server_key, day_ms in days:
        if ends_at is not None and time.monotonic() >= ends_at:
            return
        with database.connect() as connection:
            found = list(differences(connection, engine, server_key, day_ms))
        findings.days_compared += 1
        day = iso(day_ms)[:10]
        for which, difference in found:
            series = f"{which.family.name} {which.key!r}" if which.key else which.family.name
            findings.roll_ups.append(
                f"{names[server_key]}, {series}, {day}: roll-up and samples differ ({difference})"
            )
        if mend and found:
            with database.connect(write=True) as connection:
                for which in {which for which, _ in found}:
                    engine.remake(connection, which)
                    findings.remade += 1
