"""Backups that housekeeping makes: how often, where, and what became of the last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from homelab_cmd.backup.service import PATTERN, back_up
from homelab_cmd.clock import MINUTE_MS
from homelab_cmd.db.database import Database
from homelab_cmd.durations import parse_duration_ms
from homelab_cmd.errors import StartupError, Unprocessable
from homelab_cmd.settings import Settings

# One that failed is tried again, but not at each round: it may have written most of a database.
AGAIN_AFTER_MS = 15 * MINUTE_MS
_STAMP = re.compile(r"-(\d{8}T\d{9})\.sqlite3$")


@dataclass(frozen=True)
class BackupPlan:
    """A folder that a backup goes into every so often, and how many stay there."""

    folder: Path
    every_ms: int
    keep: int

    def newest_ms(self) -> int | None:
        """When the newest backup in the folder began; None where there is none."""
        return max((moment for path in self._backups() if (moment := _begun(path))), default=None)

    def newest(self) -> Path | None:
        """The newest backup."""
        return max(self._backups(), default=None)

    def _backups(self) -> list[Path]:
        return list(self.folder.glob(PATTERN)) if self.folder.is_dir() else []


def plan_of(settings: Settings) -> BackupPlan | None:
    """What the settings ask for. Raises StartupError where that can't be."""
    if settings.backup_dir is None:
        return None
    if not settings.is_sqlite:
        raise StartupError(
            "HOMELAB_CMD_BACKUP_DIR is for SQLite; run pg_dump or pg_basebackup by a timer "
            "instead, see docs/operating.md."
        )
    try:
        every_ms = parse_duration_ms(settings.backup_every, name="HOMELAB_CMD_BACKUP_EVERY")
    except Unprocessable as error:
        raise StartupError(f"{error.message}.") from None
    return BackupPlan(settings.backup_dir, every_ms, settings.backup_keep)


class BackupSchedule:
    """Makes what is due, and remembers what went wrong."""

    def __init__(self, database: Database, plan: BackupPlan) -> None:
        self._database = database
        self.plan = plan
        self.problem: str | None = None
        """Why the last attempt failed, in one sentence."""
        self._tried_ms: int | None = None

    def run_due(self, now_ms: int) -> Path | None:
        """Make a backup if it is time for one; where it is."""
        newest_ms = self.plan.newest_ms()
        if newest_ms is not None and now_ms - newest_ms < self.plan.every_ms:
            return None
        if self._tried_ms is not None and now_ms - self._tried_ms < AGAIN_AFTER_MS:
            return None
        self._tried_ms = now_ms
        if not self.plan.folder.is_dir():
            folder = self.plan.folder
            self.problem = f"There is no folder {folder} for backups; make it, or mount it."
            return None
        try:
            made = back_up(self._database, self.plan.folder, keep=self.plan.keep)
        except StartupError as error:
            self.problem = str(error)
            return None
        self.problem = None
        return made.path


def _begun(path: Path) -> int | None:
    found = _STAMP.search(path.name)
    if found is None:
        return None
    moment = datetime.strptime(found[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000)
