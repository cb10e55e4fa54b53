"""`homelab-cmd migrate` and `openapi`."""

from __future__ import annotations

import argparse
import json
import sys

from homelab_cmd.commands.common import Subparsers, add_database_flags, opened
from homelab_cmd.settings import Settings


def add_parsers(subparsers: Subparsers) -> None:
    """Add `migrate` and `openapi`."""
    parser = subparsers.add_parser("migrate", help="bring the database to this version")
    add_database_flags(parser)
    parser.set_defaults(run=migrate)
    parser = subparsers.add_parser("openapi", help="print the API's OpenAPI document")
    parser.set_defaults(run=openapi)


def migrate(parsed: argparse.Namespace) -> int:
    """What the server also does at its start."""
    with opened(parsed):
        pass
    return 0


def openapi(_parsed: argparse.Namespace) -> int:
    """The document, to stdout, in a stable order."""
    # The application imports all there is; other commands should not wait for it.
    from homelab_cmd.app import create_app  # noqa: PLC0415 - as said
    from homelab_cmd.openapi import build_openapi  # noqa: PLC0415 - as said

    json.dump(build_openapi(create_app(Settings())), sys.stdout, indent=1, ensure_ascii=False)
    return 0
