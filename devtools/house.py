"""Where things lie in the checkout, and how a command is run in it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
FRONTEND = ROOT / "frontend"


class TroubleError(Exception):
    """Something the person at the keyboard can mend; its text is one sentence that says how."""


@dataclass(frozen=True)
class Step:
    """One piece of a run: its name in the report, and a command or a function.

    A command has a folder and what it adds to the environment. A `loud` one writes to the
    terminal as it goes; of the others only a failure is shown. A function raises TroubleError.
    """

    name: str
    command: Sequence[str | Path] | Callable[[], None]
    cwd: Path = ROOT
    env: Mapping[str, str] | None = None
    loud: bool = False


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment of every tool: this one, the virtual environment first on PATH."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV), **(extra or {})}


def say(text: str) -> None:
    """Print a line at once, in order with what children print."""
    print(text, flush=True)


def run_step(step: Step) -> bool:
    """Run a step, report its name and seconds, and return whether it succeeded."""
    if step.loud:
        say(f"\n── {step.name}")
    started = time.monotonic()
    try:
        passed = _succeeds(step)
    except TroubleError as trouble:
        say(str(trouble))
        passed = False
    seconds = time.monotonic() - started
    say(f"{'ok    ' if passed else 'FAILED'} {step.name} ({seconds:.1f} s)")
    return passed


def _succeeds(step: Step) -> bool:
    if callable(step.command):
        step.command()
        return True
    done = subprocess.run(
        [str(word) for word in step.command],
        cwd=step.cwd,
        env=environment(step.env),
        check=False,
        stdout=None if step.loud else subprocess.PIPE,
        stderr=None if step.loud else subprocess.STDOUT,
    )
    if done.returncode and not step.loud:
        sys.stdout.buffer.write(done.stdout)
    return done.returncode == 0


def run_steps(steps: Sequence[Step]) -> list[str]:
    """Run all steps, the rest too after a failure, and return the names of those that failed."""
    return [step.name for step in steps if not run_step(step)]
