"""The command `homelab-agent`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from homelab_agent import __version__
from homelab_agent.collectors import every_collector
from homelab_agent.config import Config, ConfigError, add_flags, load
from homelab_agent.heartbeat import Composer, Stamp
from homelab_agent.host import Host
from homelab_agent.mounts import Selection
from homelab_agent.runner import Runner
from homelab_agent.workers import Workers

# The processor's shares need two readings; `show` makes them this far apart.
_SHOW_SECONDS = 0.5
_STATVFS_SECONDS = 2.0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` name and return the exit code."""
    options = _parser().parse_args(words)
    logging.basicConfig(level=logging.INFO, format="homelab-agent: %(message)s", stream=sys.stderr)
    try:
        return int(options.command(load(options, os.environ), options))
    except ConfigError as error:
        sys.stderr.write(f"homelab-agent: {error}\n")
        return 2
    except BrokenPipeError:
        # The reader has seen enough. Without this Python would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homelab-agent", description="Measures this host and sends what it finds to a server."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="print the heartbeat that would be sent, as JSON")
    show.set_defaults(command=_show)
    add_flags(show)
    return parser


def _show(config: Config, _options: argparse.Namespace) -> int:
    host = Host(config.procfs, config.sysfs, config.rootfs)
    selection = Selection(config.include, config.exclude)
    collectors = every_collector(Workers(), selection, _STATVFS_SECONDS)
    runner = Runner(host, collectors)
    composer = Composer(
        host,
        collectors,
        server_id=config.server_id,
        server_guid=None,
        interval_seconds=config.interval_seconds,
    )
    runner.cycle()
    time.sleep(_SHOW_SECONDS)
    heartbeat = composer.compose(runner.cycle(), Stamp(time.time_ns() // 1_000_000))
    print(json.dumps(heartbeat, indent=2, ensure_ascii=False))
    return 0


def _leave(code: int) -> NoReturn:
    """End the process even while a thread hangs in a dead mount."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def command() -> NoReturn:
    """Run as a program."""
    _leave(main())


if __name__ == "__main__":
    command()
