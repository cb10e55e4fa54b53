"""The command line of `./dev`."""

import argparse
import shutil
import subprocess
import time
from collections.abc import Sequence

from devtools import checks, environment
from devtools.house import ROOT, Step, TroubleError, run_steps, say


def main(words: Sequence[str]) -> int:
    """Run the command that `words` name and return the exit code."""
    parser = _parser()
    options = parser.parse_args(words)
    try:
        return int(options.command(options))
    except TroubleError as trouble:
        say(f"./dev: {trouble}")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", description="Everything done with a checkout.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("setup", help="install what the lock files name").set_defaults(
        command=_setup
    )
    test = commands.add_parser("test", help="everything; with arguments, pytest with these")
    test.add_argument("arguments", nargs=argparse.REMAINDER, metavar="PYTEST-ARGUMENT")
    test.set_defaults(command=_test)
    commands.add_parser("check", help="all that runs no test").set_defaults(command=_check)
    commands.add_parser("fmt", help="format, and mend what can be mended").set_defaults(
        command=_format
    )
    clean = commands.add_parser("clean", help="remove all that git ignores, but the data")
    clean.set_defaults(command=_clean)
    return parser


def _setup(_options: argparse.Namespace) -> int:
    environment.sync()
    return 0


def _check(_options: argparse.Namespace) -> int:
    environment.sync()
    return _run(checks.static_steps())


def _test(options: argparse.Namespace) -> int:
    environment.sync()
    if options.arguments:
        return _run([checks.python_tests(options.arguments)])
    return _run([*checks.static_steps(), checks.python_tests([])])


def _format(_options: argparse.Namespace) -> int:
    environment.sync()
    return _run(
        [
            Step("ruff check --fix", ["ruff", "check", "--fix-only", "--quiet"]),
            Step("ruff format", ["ruff", "format", "--quiet"]),
        ]
    )


def _clean(_options: argparse.Namespace) -> int:
    """Remove environments, caches and builds; `.data` holds history and stays."""
    git = shutil.which("git")
    if not git:
        raise TroubleError("clean asks git what is ignored; install git.")
    return subprocess.run(
        [git, "clean", "-d", "-X", "--force", "--quiet", "--exclude=!.data/"], cwd=ROOT, check=False
    ).returncode


def _run(steps: Sequence[Step]) -> int:
    started = time.monotonic()
    failed = run_steps(steps)
    seconds = time.monotonic() - started
    if failed:
        say(f"Failed after {seconds:.1f} s: {', '.join(failed)}")
        return 1
    say(f"All well after {seconds:.1f} s")
    return 0
