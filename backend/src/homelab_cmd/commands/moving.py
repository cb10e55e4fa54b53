"""`homelab-cmd migrate-to`: the installation into another database."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from homelab_cmd.commands.common import (
    Subparsers,
    add_database_flags,
    open_database,
    opened,
    settings_from,
)
from homelab_cmd.commands.output import add_json_flag, print_json, print_line
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import ENGINES, make_engine
from homelab_cmd.history.service import choose_engine
from homelab_cmd.moving.history import Side
from homelab_cmd.moving.service import Moved, move
from homelab_cmd.settings import Settings, load_settings

_SHOWN_DIFFERENCES = 20


def add_parsers(subparsers: Subparsers) -> None:
    """Add `migrate-to`."""
    parser = subparsers.add_parser(
        "migrate-to",
        help="copy the installation with its history into another database",
        description=(
            "Copies everything into another database, which has to be empty, and compares. Safe "
            "beside the running server; run again, it goes on and takes what is new."
        ),
    )
    parser.add_argument("url", metavar="URL", help="sqlite:////path or postgresql+psycopg://…")
    parser.add_argument(
        "--history", choices=list(ENGINES), help="another engine there than its database's default"
    )
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Print what was copied and how to switch; 1 where the two differ."""
    settings = settings_from(parsed)
    towards = _target_settings(parsed)
    with opened(parsed) as source, open_database(towards) as target:
        here = Side(source, make_engine(choose_engine(settings, source)))
        engine = choose_engine(towards, target)
        there = Side(target, make_engine(engine))
        moved = move(here, there, lambda sentence: print(sentence, file=sys.stderr))
    if parsed.json:
        print_json(asdict(moved))
    else:
        _print_for_people(moved, towards, engine)
    return 1 if moved.comparison.differences else 0


def _target_settings(parsed: argparse.Namespace) -> Settings:
    try:
        url = make_url(parsed.url)
    except ArgumentError:
        raise StartupError(
            f"{parsed.url} is no database's URL: sqlite:////path/file.sqlite3 or "
            "postgresql+psycopg://user@host/name."
        ) from None
    is_file = url.get_backend_name() == "sqlite"
    if is_file and not url.database:
        raise StartupError("Name the file: sqlite:////path/file.sqlite3.")
    history = parsed.history or ("chunks" if is_file else "rows")
    folder = Path(url.database or "").absolute().parent if is_file else parsed.data_dir
    return load_settings(data_dir=folder, database_url=parsed.url, history=history)


def _print_for_people(moved: Moved, towards: Settings, engine: str) -> None:
    found = moved.comparison
    rows = sum(moved.rows.values())
    print_line(f"{moved.heartbeats} heartbeats were new; {rows} rows of all else are equal.")
    samples = ", ".join(f"{number} {tier}" for tier, number in found.samples.items())
    if found.differences:
        print_line(f"The two differ in {len(found.differences)} places; run it again.")
        for difference in found.differences[:_SHOWN_DIFFERENCES]:
            print(difference, file=sys.stderr)
        return
    print_line(f"Counts and sums of every series are equal: {samples}.")
    print_line("To switch: stop the server, run this once more, and start it with")
    url = make_url(towards.database_url).render_as_string(hide_password=True)
    print_line(f"  HOMELAB_CMD_DATABASE_URL={url}")
    print_line(f"  HOMELAB_CMD_HISTORY={engine}")
    print_line("Agents deliver then what they could not deliver meanwhile.")
