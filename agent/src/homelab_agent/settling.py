"""The commands that settle an agent; what does the work is imported when it is needed."""

from __future__ import annotations

import argparse
import os
import sys

from homelab_agent.config import ConfigError, add_flags, load, read_setting


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `enrol`, `install`, `update` and `uninstall`. Their `command` takes the options alone."""
    text = "show a code to a server, and keep the name and token it gives"
    parser = commands.add_parser("enrol", help=text, description=text)
    _add_invitation(parser)
    parser.add_argument("--folder", help="where agent.ini and the token go")
    parser.set_defaults(command=_enrol)

    text = "enrol this host and keep the agent running, as a user of its own; needs root"
    parser = commands.add_parser("install", help=text, description=text)
    _add_invitation(parser)
    parser.add_argument("--interval", help="seconds between samples, 1 to 3600")
    parser.set_defaults(command=_install)

    text = "take the server's version of the agent, and restart it; needs root"
    parser = commands.add_parser("update", help=text, description=text)
    add_flags(parser)
    parser.set_defaults(command=_update)

    text = "stop the agent and remove all that install made; needs root"
    parser = commands.add_parser("uninstall", help=text, description=text)
    parser.set_defaults(command=_uninstall)


def _add_invitation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="address of the server")
    parser.add_argument("code", metavar="CODE", help="from the page, or from homelab-cmd enrol")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--same-as", metavar="SERVER_ID", help="it is this host, installed anew")
    which.add_argument("--new-host", action="store_true", help="it is another host of that name")
    parser.add_argument("--ca-file", help="certificates to trust instead of the system's")
    parser.add_argument("--fingerprint", help="SHA-256 of the server's certificate")


def _enrol(options: argparse.Namespace) -> int:
    from homelab_agent.enrol import exchange, invitation_from, write_settings  # noqa: PLC0415 - seldom needed
    from homelab_agent.folders import spool_folder  # noqa: PLC0415 - seldom needed
    from homelab_agent.state import load_state  # noqa: PLC0415 - seldom needed

    invitation = invitation_from(options)
    folder = os.path.abspath(options.folder or _own_folder())
    guid = load_state(spool_folder(None, os.environ)).server_guid
    try:
        # Before the code is spent: what it gives must have a place.
        os.makedirs(folder, mode=0o700, exist_ok=True)
        membership = exchange(invitation, guid)
        write_settings(folder, invitation, membership, {})
    except OSError as error:
        raise ConfigError(f"{folder} can't be written: {error.strerror}.") from None
    sys.stdout.write(
        f"This host is {membership.server_id} now: homelab-agent run --config {folder}/agent.ini\n"
    )
    return 0


def _install(options: argparse.Namespace) -> int:
    from homelab_agent.enrol import invitation_from  # noqa: PLC0415 - seldom needed
    from homelab_agent.install import install  # noqa: PLC0415 - seldom needed

    extra = {}
    if options.interval is not None:
        extra["interval"] = f"{read_setting('interval', options.interval):g}"
    sys.stdout.write(install(invitation_from(options), extra) + "\n")
    return 0


def _update(options: argparse.Namespace) -> int:
    from homelab_agent.install import update  # noqa: PLC0415 - seldom needed

    sys.stdout.write(update(load(options, os.environ)) + "\n")
    return 0


def _uninstall(_options: argparse.Namespace) -> int:
    from homelab_agent.install import uninstall  # noqa: PLC0415 - seldom needed

    uninstall()
    sys.stdout.write("The agent is gone. Its host's history stays on the server.\n")
    return 0


def _own_folder() -> str:
    if os.geteuid() == 0:
        return "/etc/homelab-agent"
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(home, "homelab-agent")
