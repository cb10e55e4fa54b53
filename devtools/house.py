"""Where things lie in the checkout, and how a command is run in it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
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
    """One command of a run: its name in the report, its words, its folder and extra environment.

    A `loud` step writes to the terminal as it goes; of the others only a failure is shown.
    """

    name: str
    command: Sequence[str | Path]
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
    done = subprocess.run(
        [str(word) for word in step.command],
        cwd=step.cwd,
        env=environment(step.env),
        check=False,
        stdout=None if step.loud else subprocess.PIPE,
        stderr=None if step.loud else subprocess.STDOUT,
    )
    seconds = time.monotonic() - started
    passed = done.returncode == 0
    if not passed and not step.loud:
        sys.stdout.buffer.write(done.stdout)
    say(f"{'ok    ' if passed else 'FAILED'} {step.name} ({seconds:.1f} s)")
    return passed


def run_steps(steps: Sequence[Step]) -> list[str]:
    """Run all steps, the rest too after a failure, and return the names of those that failed."""
    return [step.name for step in steps if not run_step(step)]
