"""The command line of `./dev`."""

import argparse
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence

from devtools import api_types, checks, environment, page, results, serve
from devtools.house import FRONTEND, ROOT, VENV, Step, TroubleError, run_steps, say
from devtools.house import environment as tool_environment
from devtools.node import ensure_modules, npm_step

# What ./dev chaos tries: the modules of tests/chaos.
_VICTIMS = "agent, server, backup, postgres, migration"


def main(words: Sequence[str]) -> int:
    """Run the command that `words` name and return the exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(words)
    if rest and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(options.command(rest if options.passes_on else options))
    except TroubleError as trouble:
        say(f"./dev: {trouble}")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", description="Everything done with a checkout.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Callable[..., int], *, says: str, passes_on: bool = False
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=says, description=says, add_help=not passes_on)
        added.set_defaults(command=command, passes_on=passes_on)
        return added

    add("setup", _setup, says="install what the lock files name")
    run = add("run", _run_all, says="run a server, the agent of this machine and the page")
    serve.add_arguments(run)
    add("test", _test, says="run everything; with arguments, pytest with these", passes_on=True)
    fuzz = add("fuzz", _fuzz, says="run the property tests on many more, random cases")
    fuzz.add_argument("cases", type=int, nargs="?", default=10_000, help="of each (10,000)")
    chaos = f"kill, or restore, again and again and count what is lost: {_VICTIMS}"
    add("chaos", _chaos, says=chaos, passes_on=True)
    add("bench", _bench, says="measure a workload; without its name, list them", passes_on=True)
    add("load", _load, says="agents at their real interval for half an hour", passes_on=True)
    add("soak", _soak, says="the same for eight hours", passes_on=True)
    add("e2e", _e2e, says="run the tests in a browser; arguments go to Playwright", passes_on=True)
    add("check", _check, says="run all that runs no test: seconds, before each commit")
    add("fmt", _format, says="format, and mend what can be mended")
    add("types", _types, says="regenerate the API's description and the page's types from it")
    add("page", _page, says="build the web page if its sources changed")
    add("audit", _audit, says="ask whether what is installed has known weaknesses (network)")
    add("dist", _dist, says="build all that is given to others into dist/")
    add("clean", _clean, says="remove all that git ignores, but the data")
    return parser


def _setup(_options: argparse.Namespace) -> int:
    environment.sync()
    if FRONTEND.is_dir():
        ensure_modules()
    return 0


def _run_all(options: argparse.Namespace) -> int:
    environment.sync()
    page.build()
    return serve.run(options)


def _check(_options: argparse.Namespace) -> int:
    environment.sync()
    return _run(checks.static_steps())


def _test(arguments: Sequence[str]) -> int:
    environment.sync()
    if arguments:
        return _run([checks.python_tests(arguments)])
    if FRONTEND.is_dir():
        ensure_modules()
    results.forget()
    code = _run([*checks.static_steps(), *checks.test_steps()])
    say(str(results.count(results.FOLDER.glob("*.xml"))))
    return code


def _fuzz(options: argparse.Namespace) -> int:
    environment.sync()
    return _run([checks.property_tests(options.cases)])


def _bench(arguments: Sequence[str]) -> int:
    environment.sync()
    return _run_module("benchmarks", *arguments)


def _load(arguments: Sequence[str]) -> int:
    environment.sync()
    return _run_module("benchmarks.load", *arguments)


def _soak(arguments: Sequence[str]) -> int:
    return _load(["--minutes", "480", *arguments])


def _chaos(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in _VICTIMS.split(", "):
        raise TroubleError(f"what? ./dev chaos with one of {_VICTIMS}")
    environment.sync()
    return _run_module(f"tests.chaos.{arguments[0]}", *arguments[1:])


def _run_module(*words: str) -> int:
    command = [str(VENV / "bin/python"), "-m", *words]
    return subprocess.run(command, cwd=ROOT, env=tool_environment(), check=False).returncode


def _e2e(arguments: Sequence[str]) -> int:
    environment.sync()
    page.build()
    ensure_modules()
    return _run([checks.browser_tests(arguments)])


def _format(_options: argparse.Namespace) -> int:
    environment.sync()
    steps = [
        Step("ruff check --fix", ["ruff", "check", "--fix-only", "--quiet"]),
        Step("ruff format", ["ruff", "format", "--quiet"]),
    ]
    if (FRONTEND / "node_modules").is_dir():
        steps.append(npm_step("page", "run", "--silent", "format"))
    return _run(steps)


def _types(_options: argparse.Namespace) -> int:
    environment.sync()
    api_types.write()
    return 0


def _page(_options: argparse.Namespace) -> int:
    environment.sync()
    page.build()
    return 0


def _audit(_options: argparse.Namespace) -> int:
    environment.sync()
    uv = environment.find_uv()
    steps = [Step("Python packages", [uv, "audit", "--locked"], env=environment.uv_environment())]
    if FRONTEND.is_dir():
        steps.append(npm_step("npm packages", "audit"))
    return _run(steps)


def _dist(_options: argparse.Namespace) -> int:
    environment.sync()
    page.build()
    uv = environment.find_uv()
    folder = ROOT / "dist"
    code = _run(
        [
            Step(
                "sdist and wheel",
                [uv, "build", "--quiet", f"--out-dir={folder}"],
                env=environment.uv_environment(),
            ),
            Step("agent alone", ["python", "-m", "devtools.agent_dist", folder]),
        ]
    )
    for path in sorted(folder.iterdir()):
        say(f"{path.relative_to(ROOT)} ({path.stat().st_size / 1000:,.0f} kB)")
    return code


def _clean(_options: argparse.Namespace) -> int:
    """Remove environments, caches and builds; `.data` holds history and stays."""
    git = shutil.which("git")
    if not git:
        raise TroubleError("clean asks git what is ignored; install git.")
    words = ["clean", "-d", "-X", "--force", "--quiet", "--exclude=!.data/"]
    return subprocess.run([git, *words], cwd=ROOT, check=False).returncode


def _run(steps: Sequence[Step]) -> int:
    started = time.monotonic()
    failed = run_steps(steps)
    seconds = time.monotonic() - started
    if failed:
        say(f"Failed after {seconds:.1f} s: {', '.join(failed)}")
        return 1
    say(f"All well after {seconds:.1f} s")
    return 0
