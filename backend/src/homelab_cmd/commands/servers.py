"""`homelab-cmd server`: histories that belong together."""

from __future__ import annotations

import argparse

from homelab_agent.contract import FAMILIES, Family

from homelab_cmd.auth import audit
from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.commands.common import Subparsers, add_database_flags, opened, settings_from
from homelab_cmd.commands.output import print_line
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.interface import Series
from homelab_cmd.history.service import choose_engine
from homelab_cmd.housekeeping.service import run_round
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.servers.service import get_server, merge_server

ACTOR = "command line"


def add_parsers(subparsers: Subparsers) -> None:
    """Add `server` with its actions."""
    noun = subparsers.add_parser("server", help="merge servers, move the history of a series")
    actions = noun.add_subparsers(metavar="ACTION", required=True)
    parser = actions.add_parser(
        "merge",
        help="give a server's history to another one, and delete it",
    )
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("into", metavar="INTO")
    add_database_flags(parser)
    parser.set_defaults(run=merge)
    parser = actions.add_parser(
        "move-history", help="give the history of a filesystem, an interface … to its new name"
    )
    parser.add_argument("server_id", metavar="SERVER_ID")
    parser.add_argument("family", metavar="FAMILY", help="such as filesystem or network_interface")
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    add_database_flags(parser)
    parser.set_defaults(run=move_history)


def merge(parsed: argparse.Namespace) -> int:
    """Note what is to be done, so that housekeeping goes on where this ends, and do it."""
    settings = settings_from(parsed)
    with opened(parsed) as database:
        with database.write() as session:
            merge_server(session, parsed.old, parsed.into)
            subject = f"{parsed.old} into {parsed.into}"
            audit.record(
                session, "server.merged", actor=ACTOR, subject=subject, client=COMMAND_LINE
            )
        engine = make_engine(choose_engine(settings, database))
        limits = Keeping(database, settings).limits
        done = run_round(database, engine, limits, lambda: False)
    if parsed.old in done.purged_servers:
        print_line(f"{parsed.into} has the history of {parsed.old} now.")
    else:
        print_line(f"{parsed.into} takes in the history of {parsed.old}; the server is at it.")
    return 0


def move_history(parsed: argparse.Namespace) -> int:
    """Move; after an interruption the same command goes on."""
    family = _family(parsed.family)
    if parsed.old == parsed.new:
        raise StartupError("OLD and NEW are the same.")
    settings = settings_from(parsed)
    with opened(parsed) as database:
        with database.read() as session:
            server_key = get_server(session, parsed.server_id).id
        engine = make_engine(choose_engine(settings, database))
        with database.connect() as connection:
            keys = engine.keys(connection, server_key, family, 0, 1 << 50)
        if parsed.old not in keys:
            raise StartupError(
                f"{parsed.server_id} has no {family.name} {parsed.old!r}; there are: "
                f"{', '.join(keys) or 'none'}."
            )
        engine.rename(database, Series(server_key, family, parsed.old), parsed.new, lambda: False)
    print_line(f"What {parsed.server_id} had as {parsed.old} is {parsed.new} now.")
    return 0


def _family(name: str) -> Family:
    keyed = {family.name: family for family in FAMILIES if family.key is not None}
    if name not in keyed:
        raise StartupError(f"FAMILY is one of {', '.join(sorted(keyed))}.")
    return keyed[name]
