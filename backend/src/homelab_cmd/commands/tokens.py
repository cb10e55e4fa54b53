"""`homelab-cmd token`: scripts' credentials."""

from __future__ import annotations

import argparse

from homelab_cmd.auth import api_tokens
from homelab_cmd.auth.principals import COMMAND_LINE, Scope
from homelab_cmd.clock import DAY_MS, iso
from homelab_cmd.commands.common import Subparsers, add_database_flags, opened
from homelab_cmd.commands.output import add_json_flag, print_facts, print_secret

ACTOR = "command line"
MAX_LISTED = 10_000
MAX_DAYS = 3_650


def add_parsers(subparsers: Subparsers) -> None:
    """Add `token` with its actions."""
    noun = subparsers.add_parser("token", help="API tokens for scripts")
    actions = noun.add_subparsers(metavar="ACTION", required=True)

    parser = actions.add_parser("create", help="make a token and print it, this once")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--scope", choices=[scope.value for scope in Scope], required=True)
    parser.add_argument("--days", type=_days, help="how long it is good; for ever if left out")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=create)

    parser = actions.add_parser("list", help="all tokens, without their secrets")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=list_all)

    parser = actions.add_parser("revoke", help="refuse a token from now on")
    parser.add_argument("name", metavar="NAME")
    add_database_flags(parser)
    parser.set_defaults(run=revoke)


def create(parsed: argparse.Namespace) -> int:
    """Make a token and print its secret alone."""
    with opened(parsed) as database, database.write() as session:
        token, secret = api_tokens.create_api_token(
            session,
            parsed.name,
            Scope(parsed.scope),
            lifetime_ms=None if parsed.days is None else parsed.days * DAY_MS,
            actor=ACTOR,
            client=COMMAND_LINE,
        )
    print_secret(secret, {"name": token.name, "scope": token.scope}, as_json=parsed.json)
    return 0


def list_all(parsed: argparse.Namespace) -> int:
    """Print all tokens."""
    with opened(parsed) as database, database.read() as session:
        page, _total = api_tokens.list_api_tokens(session, limit=MAX_LISTED, offset=0)
        rows = [
            {
                "name": token.name,
                "scope": token.scope,
                "created_at": iso(token.created_at_ms),
                "created_by": token.created_by,
                "expires_at": None if token.expires_at_ms is None else iso(token.expires_at_ms),
            }
            for token in page
        ]
    print_facts(rows, as_json=parsed.json, empty="There are no API tokens.")
    return 0


def revoke(parsed: argparse.Namespace) -> int:
    """Revoke a token."""
    with opened(parsed) as database, database.write() as session:
        api_tokens.revoke_api_token_named(session, parsed.name, actor=ACTOR, client=COMMAND_LINE)
    return 0


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"from 1 to {MAX_DAYS}")
    return days
