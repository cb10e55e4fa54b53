"""`homelab-cmd backup` and `restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from homelab_cmd.backup.service import back_up, restore
from homelab_cmd.clock import iso
from homelab_cmd.commands.common import (
    Subparsers,
    add_database_flags,
    opened,
    prepare_data_dir,
    settings_from,
)
from homelab_cmd.commands.lock import server_lock
from homelab_cmd.commands.output import add_json_flag, print_json, print_line
from homelab_cmd.errors import StartupError


def add_parsers(subparsers: Subparsers) -> None:
    """Add `backup` and `restore`."""
    parser = subparsers.add_parser("backup", help="copy the database while the server works")
    parser.add_argument("target", metavar="FILE", type=Path, help="a new file, or a folder")
    parser.add_argument("--keep", type=int, help="in a folder, how many backups to leave there")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=run_backup)

    parser = subparsers.add_parser("restore", help="put a backup in the place of the database")
    parser.add_argument("source", metavar="FILE", type=Path)
    add_database_flags(parser)
    parser.set_defaults(run=run_restore)


def run_backup(parsed: argparse.Namespace) -> int:
    """Print where the backup is, and of when."""
    if parsed.keep is not None and parsed.keep < 1:
        raise StartupError("--keep takes a number from 1.")
    with opened(parsed) as database:
        backup = back_up(database, parsed.target, keep=parsed.keep)
    facts = {
        "path": str(backup.path),
        "size_bytes": backup.size_bytes,
        "begun_at": iso(backup.begun_at_ms),
    }
    if parsed.json:
        print_json(facts)
    else:
        print_line(f"{facts['path']}: {backup.size_bytes} bytes, as of {facts['begun_at']}")
    return 0


def run_restore(parsed: argparse.Namespace) -> int:
    """Restore while no server runs; agents then send again what came after the backup."""
    settings = settings_from(parsed)
    prepare_data_dir(settings)
    file = settings.sqlite_file
    if file is None:
        raise StartupError("PostgreSQL is restored with its own tools; see docs/operating.md.")
    with server_lock(settings):
        old = restore(parsed.source, file)
    print_line(f"{file} is the backup now." + (f" What was there is {old}." if old else ""))
    return 0
