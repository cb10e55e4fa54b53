"""`homelab-cmd agent`: tokens of agents, each bound to one server."""

from __future__ import annotations

import argparse

from homelab_cmd.auth import agent_tokens
from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.clock import iso
from homelab_cmd.commands.common import Subparsers, add_database_flags, opened
from homelab_cmd.commands.output import add_json_flag, print_facts, print_secret
from homelab_cmd.servers.service import get_server

ACTOR = "command line"
MAX_LISTED = 10_000


def add_parsers(subparsers: Subparsers) -> None:
    """Add `agent` with its actions."""
    noun = subparsers.add_parser("agent", help="tokens of agents")
    actions = noun.add_subparsers(metavar="ACTION", required=True)
    for name, run, summary in (
        ("add", add, "make a server's token and print it, this once; the server too if need be"),
        ("rotate", rotate, "print a new token; the old one is refused from now on"),
        ("revoke", revoke, "refuse a server's token from now on"),
    ):
        parser = actions.add_parser(name, help=summary)
        parser.add_argument("server_id", metavar="SERVER_ID")
        if run is not revoke:
            add_json_flag(parser)
        add_database_flags(parser)
        parser.set_defaults(run=run)
    parser = actions.add_parser("list", help="which servers have a token")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=list_all)


def add(parsed: argparse.Namespace) -> int:
    """Make a token, and the server where there is none of that name."""
    with opened(parsed) as database, database.write() as session:
        secret = agent_tokens.add_agent(session, parsed.server_id, actor=ACTOR, client=COMMAND_LINE)
    print_secret(secret, {"server_id": parsed.server_id}, as_json=parsed.json)
    return 0


def rotate(parsed: argparse.Namespace) -> int:
    """Replace the server's tokens by a new one."""
    with opened(parsed) as database, database.write() as session:
        server = get_server(session, parsed.server_id)
        secret = agent_tokens.rotate_agent_token(
            session, server.id, server.server_id, actor=ACTOR, client=COMMAND_LINE
        )
    print_secret(secret, {"server_id": parsed.server_id}, as_json=parsed.json)
    return 0


def revoke(parsed: argparse.Namespace) -> int:
    """Revoke all tokens of a server."""
    with opened(parsed) as database, database.write() as session:
        server = get_server(session, parsed.server_id)
        agent_tokens.revoke_agent_tokens(
            session, server.id, server.server_id, actor=ACTOR, client=COMMAND_LINE
        )
    return 0


def list_all(parsed: argparse.Namespace) -> int:
    """Print all agents' tokens."""
    with opened(parsed) as database, database.read() as session:
        page, _total = agent_tokens.list_agent_tokens(session, limit=MAX_LISTED, offset=0)
        rows = [
            {
                "server_id": server_id,
                "created_at": iso(token.created_at_ms),
                "created_by": token.created_by,
            }
            for server_id, token in page
        ]
    print_facts(rows, as_json=parsed.json, empty="No agent has a token yet.")
    return 0
