"""`homelab-cmd check`: integrity of the database, its history and its roll-ups."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from homelab_cmd.backup.service import find_damage
from homelab_cmd.commands.common import Subparsers, add_database_flags, opened, settings_from
from homelab_cmd.commands.output import add_json_flag, print_json, print_line
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.service import choose_engine
from homelab_cmd.housekeeping.service import run_round
from homelab_cmd.integrity.service import Findings, examine
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.settings import Settings

SAMPLED_SECONDS = 60.0
_SHOWN = 50


def add_parsers(subparsers: Subparsers) -> None:
    """Add `check`."""
    parser = subparsers.add_parser(
        "check", help="examine the database, every chunk of history, and roll-ups against samples"
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="compare the roll-ups of every day, not of as many as a minute allows",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="make wrong roll-ups again; set damaged chunks aside, where they stay",
    )
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Print what was looked at and what is wrong; 1 where something is, repaired or not."""
    settings = settings_from(parsed)
    findings = _of_file(settings)
    if findings is None:
        with opened(parsed) as database:
            engine = make_engine(choose_engine(settings, database))
            seconds = None if parsed.deep else SAMPLED_SECONDS
            findings = examine(database, engine, seconds=seconds, mend=parsed.repair)
            if findings.remade or findings.history.mended:
                limits = Keeping(database, settings).limits
                run_round(database, engine, limits, lambda: False)
    if parsed.json:
        print_json({"sound": findings.sound, **asdict(findings)})
    else:
        _print_for_people(findings)
    return 0 if findings.sound else 1


def _of_file(settings: Settings) -> Findings | None:
    """What makes it useless to look further: a file that SQLite can't read."""
    file = settings.sqlite_file
    if file is None:
        return None
    if not file.exists():
        raise StartupError(f"There is no database at {file}.")
    problem = find_damage(file)
    if problem is None:
        return None
    return Findings(database=[f"{file} is damaged: {problem}. Restore a backup."])


def _print_for_people(findings: Findings) -> None:
    history = findings.history
    print_line(f"database  {'damaged' if findings.database else 'sound'}")
    if not findings.database:
        print_line(f"history   {history.checked} parts read, {len(history.problems)} damaged")
        print_line(
            f"roll-ups  {findings.days_compared} of {findings.days} days compared with their "
            f"samples, {len(findings.roll_ups)} differences"
        )
    for name in history.set_aside[:_SHOWN]:
        print_line(f"set aside earlier: {name}")
    for problem in _shortened([*findings.database, *history.problems, *findings.roll_ups]):
        print(problem, file=sys.stderr)
    for mended in history.mended[:_SHOWN]:
        print_line(f"repaired: {mended}")
    if findings.remade:
        print_line(f"repaired: roll-ups of {findings.remade} days of series are made again")


def _shortened(problems: list[str]) -> list[str]:
    more = len(problems) - _SHOWN
    return problems if more <= 0 else [*problems[:_SHOWN], f"and {more} more; see --json"]
