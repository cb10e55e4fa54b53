"""`homelab-cmd enrol`: a code for a new host, and the line to paste there."""

from __future__ import annotations

import argparse

from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.commands.common import Subparsers, add_database_flags, opened, settings_from
from homelab_cmd.commands.output import add_json_flag, print_json, print_line
from homelab_cmd.enrolment.codes import DEFAULT_MINUTES, MAX_MINUTES, issue_code
from homelab_cmd.enrolment.lines import paste_lines
from homelab_cmd.errors import StartupError
from homelab_cmd.servers.service import get_server
from homelab_cmd.settings import Settings

ACTOR = "command line"


def add_parsers(subparsers: Subparsers) -> None:
    """Add `enrol`."""
    parser = subparsers.add_parser(
        "enrol", help="print a single-use code and the line to paste on a new host"
    )
    parser.add_argument("--url", help="where hosts reach this server (else the public URL)")
    parser.add_argument("--minutes", type=int, default=DEFAULT_MINUTES, help="how long it is good")
    parser.add_argument("--server-id", help="the server that the host becomes; else a new one")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Make a code and print it with its lines."""
    if not 1 <= parsed.minutes <= MAX_MINUTES:
        raise StartupError(f"--minutes takes 1 to {MAX_MINUTES}.")
    from homelab_cmd.tls import own_pins  # noqa: PLC0415 - other commands need no cryptography

    settings = settings_from(parsed)
    url = parsed.url or reachable_url(settings)
    with opened(parsed) as database, database.write() as session:
        if parsed.server_id is not None:
            get_server(session, parsed.server_id)
        code = issue_code(
            session,
            minutes=parsed.minutes,
            server_id=parsed.server_id,
            actor=ACTOR,
            client=COMMAND_LINE,
        )
    lines = paste_lines(url, code, own_pins(settings, url))
    if parsed.json:
        print_json({"code": code, "url": url, "minutes": parsed.minutes, "lines": lines})
        return 0
    print_line(f"Code: {code} (good once, for {parsed.minutes} minutes)")
    print_line("Paste one of these as root on the new host:")
    for tool, line in lines.items():
        print_line(f"\n  with {tool}:\n  {line}")
    return 0


def reachable_url(settings: Settings) -> str:
    """The public URL, else the address that the server listens on."""
    if settings.public_url:
        return settings.public_url
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.tls_self_signed or settings.tls_cert else "http"
    return f"{scheme}://{host}:{settings.port}"
