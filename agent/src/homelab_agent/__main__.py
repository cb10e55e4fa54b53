"""The command `homelab-agent`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from homelab_agent import __version__, settling, status
from homelab_agent.agent import Agent, Measuring
from homelab_agent.clock import now_ms
from homelab_agent.config import Config, ConfigError, add_flags, check, load
from homelab_agent.heartbeat import Stamp

# The processor's shares need two readings; `show` makes them this far apart.
_SHOW_SECONDS = 0.5

Command = Callable[[Config, argparse.Namespace], int]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` name and return the exit code."""
    options = _parser().parse_args(words)
    logging.basicConfig(level=logging.INFO, format="homelab-agent: %(message)s", stream=sys.stderr)
    try:
        return int(options.command(options))
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
    _add(commands, "run", _run, "measure and send, until it is ended")
    _add(commands, "show", _show, "print the heartbeat that would be sent, as JSON")
    for name, command, text in (
        ("status", _status, "say how the running agent fares"),
        ("check-config", _check_config, "say whether the settings can be used"),
    ):
        _add(commands, name, command, text).add_argument("--json", action="store_true")
    settling.add_parsers(commands)
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Command,
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=lambda options: command(load(options, os.environ), options))
    add_flags(parser)
    return parser


def _run(config: Config, _options: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    agent = Agent(config, os.environ)
    try:
        agent.run(stop)
    finally:
        agent.close()
    return 0


def _show(config: Config, _options: argparse.Namespace) -> int:
    measuring = Measuring(config)
    composer = measuring.composer(config, None)
    measuring.runner.cycle()
    time.sleep(_SHOW_SECONDS)
    heartbeat = composer.compose(measuring.runner.cycle(), Stamp(now_ms()))
    print(json.dumps(heartbeat, indent=2, ensure_ascii=False))
    return 0


def _status(config: Config, options: argparse.Namespace) -> int:
    facts = status.read(config, os.environ)
    print(json.dumps(facts, indent=2) if options.json else status.describe(facts))
    return 0 if facts.get("state") == "sending" else 1


def _check_config(config: Config, options: argparse.Namespace) -> int:
    facts = check(config)
    print(json.dumps(facts, indent=2) if options.json else "The settings can be used.")
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
