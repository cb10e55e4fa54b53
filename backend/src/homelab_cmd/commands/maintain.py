"""`homelab-cmd maintain`: one round of housekeeping, now."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from homelab_cmd.commands.common import Subparsers, add_database_flags, opened, settings_from
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.service import choose_engine
from homelab_cmd.housekeeping.service import run_round
from homelab_cmd.keeping.service import Keeping


def add_parsers(subparsers: Subparsers) -> None:
    """Add `maintain`."""
    parser = subparsers.add_parser(
        "maintain", help="seal, roll up and prune what is due, and end; safe beside the server"
    )
    add_database_flags(parser)
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Prints what was done; 1 where something is damaged."""
    settings = settings_from(parsed)
    with opened(parsed) as database:
        engine = make_engine(choose_engine(settings, database))
        limits = Keeping(database, settings).limits
        done = run_round(database, engine, limits, lambda: False)
    if parsed.json:
        print(json.dumps(asdict(done), indent=1))
    else:
        history = done.history
        print(
            f"sealed {history.sealed_heartbeats} heartbeats, rolled up {history.rolled_up_hours} "
            f"hours, pruned {history.pruned_rows} rows and {history.dropped_chunks} chunks, "
            f"purged {len(done.purged_servers)} servers, freed {done.freed_pages} pages"
        )
    for problem in done.history.problems:
        print(problem, file=sys.stderr)
    return 1 if done.history.problems else 0
