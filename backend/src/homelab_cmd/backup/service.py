"""Backup and restore of a SQLite installation.

A backup is one snapshot of the database, written beside the server by SQLite's `VACUUM INTO`:
ingest goes on, and the file holds what was acknowledged when it began, and perhaps more.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import StartupError

PATTERN = "homelab-cmd-*.sqlite3"


@dataclass(frozen=True)
class Backup:
    """A backup that was made and checked."""

    path: Path
    size_bytes: int
    begun_at_ms: int


def back_up(database: Database, target: Path, *, keep: int | None = None) -> Backup:
    """Write a backup to a file that is not there yet, or under a new name into a folder.

    keep: in a folder, how many backups to leave there, the newest ones
    Raises StartupError where it can't be written; a half-written file does not stay.
    """
    _refuse_other_databases(database)
    begun_at_ms = now_ms()
    path = target / _name(begun_at_ms) if target.is_dir() else target
    if path.exists():
        raise StartupError(f"{path} is there already; name another file.")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(database.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(partial),))
        problem = find_damage(partial)
        if problem:
            raise StartupError(f"The backup is damaged ({problem}); the database may be, too.")
        _sync(partial)
        partial.rename(path)
        _sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise StartupError(f"The backup can't be written to {path}: {error}.") from None
    if target.is_dir() and keep is not None:
        _drop_oldest(target, keep)
    return Backup(path, path.stat().st_size, begun_at_ms)


def restore(source: Path, database_file: Path) -> Path | None:
    """Put a backup in the place of the database; where the old one was moved, if there was one.

    The caller holds the server's lock. Raises StartupError where the backup is no good, and leaves
    everything as it was.
    """
    if not source.is_file():
        raise StartupError(f"There is no file {source}.")
    problem = find_damage(source)
    if problem:
        raise StartupError(f"{source} is no backup that can be restored: {problem}.")
    fresh = database_file.with_name(database_file.name + ".restoring")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o600)
    _sync(fresh)
    old = _put_aside(database_file)
    fresh.rename(database_file)
    _sync(database_file.parent)
    return old


def find_damage(path: Path) -> str | None:
    """What is wrong with a database file, or None. It is only read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            found = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
            opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else str(found)


def _put_aside(database_file: Path) -> Path | None:
    if not database_file.exists():
        return None
    # What is only in the write-ahead log belongs to the old database: move it along.
    old = database_file.with_name(f"{database_file.name}.before-{_stamp(now_ms())}")
    for suffix in ("-wal", "-shm"):
        beside = database_file.with_name(database_file.name + suffix)
        if beside.exists():
            beside.rename(old.with_name(old.name + suffix))
    database_file.rename(old)
    return old


def _drop_oldest(folder: Path, keep: int) -> None:
    backups = sorted(folder.glob(PATTERN))
    for path in backups[: max(len(backups) - keep, 0)]:
        path.unlink()


def _name(time_ms: int) -> str:
    return f"homelab-cmd-{_stamp(time_ms)}.sqlite3"


def _stamp(time_ms: int) -> str:
    return iso(time_ms)[:23].replace(":", "").replace("-", "").replace(".", "")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_other_databases(database: Database) -> None:
    if not database.is_sqlite:
        raise StartupError(
            "PostgreSQL is backed up with its own tools: pg_dump or pg_basebackup; see "
            "docs/operating.md."
        )
