"""`homelab-cmd user`: people."""

from __future__ import annotations

import argparse
import getpass
import sys

from homelab_cmd.auth import users
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.principals import COMMAND_LINE, Role
from homelab_cmd.clock import iso
from homelab_cmd.commands.common import Subparsers, add_database_flags, opened
from homelab_cmd.commands.output import add_json_flag, print_facts, print_json, print_line
from homelab_cmd.errors import StartupError

ACTOR = "command line"
MAX_LISTED = 10_000


def add_parsers(subparsers: Subparsers) -> None:
    """Add `user` with its actions."""
    noun = subparsers.add_parser("user", help="people who may log in")
    actions = noun.add_subparsers(metavar="ACTION", required=True)

    parser = actions.add_parser("create", help="add a person")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--admin", action="store_true", help="may change things; else a viewer")
    _add_password_flag(parser)
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=create)

    parser = actions.add_parser("list", help="who may log in")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=list_all)

    parser = actions.add_parser("delete", help="remove a person and end their sessions")
    parser.add_argument("name", metavar="NAME")
    add_database_flags(parser)
    parser.set_defaults(run=delete)

    parser = actions.add_parser(
        "forget-second-factor", help="let a person who lost their phone in without a code"
    )
    parser.add_argument("name", metavar="NAME")
    add_database_flags(parser)
    parser.set_defaults(run=forget_second_factor)

    parser = actions.add_parser("passwd", help="set a new password and end all sessions")
    parser.add_argument("name", metavar="NAME")
    _add_password_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=passwd)


def create(parsed: argparse.Namespace) -> int:
    """Add a person."""
    password_hash = hash_password(_password(parsed))
    role = Role.ADMIN if parsed.admin else Role.VIEWER
    with opened(parsed) as database, database.write() as session:
        user = users.create_user(
            session, parsed.name, role, password_hash, actor=ACTOR, client=COMMAND_LINE
        )
    if parsed.json:
        print_json({"username": user.name, "role": user.role})
    else:
        print_line(f"{user.name} may log in as {user.role}.")
    return 0


def list_all(parsed: argparse.Namespace) -> int:
    """Print everybody."""
    with opened(parsed) as database, database.read() as session:
        page, _total = users.list_users(session, limit=MAX_LISTED, offset=0)
        rows = [
            {"username": user.name, "role": user.role, "created_at": iso(user.created_at_ms)}
            for user in page
        ]
    print_facts(rows, as_json=parsed.json, empty="Nobody may log in yet.")
    return 0


def delete(parsed: argparse.Namespace) -> int:
    """Remove a person."""
    with opened(parsed) as database, database.write() as session:
        users.delete_user(session, parsed.name, actor=ACTOR, client=COMMAND_LINE)
    return 0


def passwd(parsed: argparse.Namespace) -> int:
    """Set a new password."""
    password_hash = hash_password(_password(parsed))
    with opened(parsed) as database, database.write() as session:
        user = users.get_user(session, parsed.name)
        users.set_password(session, user, password_hash, actor=ACTOR, client=COMMAND_LINE)
    return 0


def forget_second_factor(parsed: argparse.Namespace) -> int:
    """Ask the person for no code any more."""
    with opened(parsed) as database, database.write() as session:
        users.forget_second_factor(session, parsed.name, actor=ACTOR, client=COMMAND_LINE)
    return 0


def _add_password_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input; else it is asked for",
    )


def _password(parsed: argparse.Namespace) -> str:
    """The password; a command line's arguments would show it to everybody on the machine."""
    if parsed.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise StartupError("There is no terminal to ask for the password; use --password-stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise StartupError("The two passwords differ.")
    return password
