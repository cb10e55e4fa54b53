"""What commands share: the settings' flags, the data folder, an opened database."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import make_url

from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.errors import StartupError
from homelab_cmd.history.service import arrange_tables
from homelab_cmd.settings import Settings, load_settings

# argparse gives the class no public name, and is generic for type checkers alone.
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - see above

# Advisory locks and shared memory, which SQLite's WAL needs, can't be trusted on these.
NETWORK_FILESYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "ncpfs",
    }
)


def add_database_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that say which installation is meant."""
    parser.add_argument("--data-dir", type=Path, help="where the database lies")
    parser.add_argument("--database-url", help="another database than the file in the data folder")


def settings_from(parsed: argparse.Namespace) -> Settings:
    """Settings from the environment and the flags. Raises StartupError."""
    return load_settings(data_dir=parsed.data_dir, database_url=parsed.database_url)


@contextmanager
def opened(parsed: argparse.Namespace) -> Iterator[Database]:
    """The installation's database, migrated. Raises StartupError."""
    with open_database(settings_from(parsed)) as database:
        yield database


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database that settings name, migrated. Raises StartupError."""
    prepare_data_dir(settings)
    database = Database(settings.sqlalchemy_url)
    try:
        upgrade(database)
        arrange_tables(settings, database)
        yield database
    finally:
        database.dispose()


def prepare_data_dir(settings: Settings) -> None:
    """Make the data folder, for its owner alone. Raises StartupError where it can't serve."""
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The data folder {folder} can't be made ({error.strerror}); choose another with "
            "--data-dir."
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StartupError(
            f"The data folder {folder} can't be written; change its owner, or choose another "
            "with --data-dir."
        )
    kind = filesystem_of(folder)
    if settings.is_sqlite and kind in NETWORK_FILESYSTEMS:
        raise StartupError(
            f"The data folder {folder} is on a network filesystem ({kind}), where SQLite loses "
            "data; choose a local one with --data-dir, or use PostgreSQL."
        )
    if settings.is_sqlite:
        _keep_private(Path(make_url(settings.sqlalchemy_url).database or ""))


def _keep_private(path: Path) -> None:
    """The database holds password hashes and the keys of sessions: for its owner alone.

    SQLite gives the files it puts beside it the same mode. Raises StartupError where everybody
    can read it.
    """
    if not path.exists():
        with suppress(OSError):  # the one who opens it says what is wrong
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    elif path.stat().st_mode & stat.S_IROTH and path.parent.stat().st_mode & stat.S_IXOTH:
        raise StartupError(
            f"Everybody on this machine can read {path}, which holds secrets: run chmod 600 {path}."
        )


def filesystem_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The type of the filesystem that holds a folder, "" where there is no mount table."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount_point = parts[1].encode().decode("unicode_escape", "replace")
        within = folder == Path(mount_point) or Path(mount_point) in folder.parents
        if within and len(mount_point) >= len(best):  # the later of two on one place hides it
            best, kind = mount_point, parts[2]
    return kind
