"""The command `homelab-cmd`: one module per noun in `commands`, listed here by hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from homelab_cmd import __version__
from homelab_cmd.commands import (
    agents,
    backup,
    check,
    database,
    doctor,
    enrol,
    maintain,
    moving,
    serve,
    servers,
    storage,
    tokens,
    users,
)
from homelab_cmd.errors import ApiError, StartupError

COMMANDS = (
    serve,
    users,
    tokens,
    enrol,
    agents,
    database,
    maintain,
    storage,
    backup,
    check,
    servers,
    moving,
    doctor,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 only on success, errors in one sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="homelab-cmd",
        description="A monitor for the machines at home: the server and its housekeeping.",
        epilog="Every setting can also be given as HOMELAB_CMD_…; see docs/settings.md.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add_parsers(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        result: int = parsed.run(parsed)
    except StartupError as error:
        print(f"homelab-cmd: {error}", file=sys.stderr)
        return 1
    except ApiError as error:
        print(f"homelab-cmd: {error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return result


if __name__ == "__main__":
    sys.exit(main())
