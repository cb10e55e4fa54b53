"""`homelab-cmd doctor`: what is commonly wrong, and how to mend it."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from homelab_cmd.commands.common import Subparsers, add_database_flags, settings_from
from homelab_cmd.commands.output import add_json_flag, print_json, print_line


def add_parsers(subparsers: Subparsers) -> None:
    """Add `doctor`."""
    parser = subparsers.add_parser("doctor", help="find what is commonly wrong, say how to mend it")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Print a line for each thing that was looked at; 1 where one is not well."""
    from homelab_cmd.doctor.service import examine  # noqa: PLC0415 - imports an HTTP client

    found = examine(settings_from(parsed))
    if parsed.json:
        print_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            print_line(f"{finding.grade:8} {finding.subject}: {finding.says}")
            if finding.mend:
                print_line(f"         → {finding.mend}")
    return 0 if all(finding.grade == "ok" for finding in found) else 1
