"""Make the virtual environment what `uv.lock` says, with a uv that is found or fetched."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.house import FRONTEND, ROOT, TOOLS, VENV, TroubleError, say
from devtools.node import node_on_path, wheel_exists

UV_VERSION = "0.13.8"
"""What is installed where no uv is on PATH; an older minor version on PATH is passed over."""


def uv_environment() -> dict[str, str]:
    """Give the environment of uv: the interpreter that is here, and the certificates it trusts."""
    venv_python = VENV / "bin/python"
    interpreter = venv_python if venv_python.exists() else Path(sys.executable).resolve()
    return {
        **{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
        # An interpreter can't be downloaded everywhere, and the one at hand is good enough.
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON": str(interpreter),
        # What needs the page builds it itself; not every command does.
        "HOMELAB_CMD_PAGE": "skip",
        # A home network may have an authority of its own, known to the system alone.
        "UV_SYSTEM_CERTS": os.environ.get("UV_SYSTEM_CERTS", "1"),
    }


def sync() -> None:
    """Bring the virtual environment to what the lock file names; nothing to do takes 0.1 s."""
    command = [str(find_uv()), "sync", "--locked", "--all-extras"]
    if FRONTEND.is_dir() and not node_on_path() and wheel_exists():
        command += ["--group", "node"]
    if VENV.exists():
        command.append("--quiet")
    else:
        say("Installing what uv.lock names into .venv …")
    done = subprocess.run(command, cwd=ROOT, env=uv_environment(), check=False)
    if done.returncode:
        raise TroubleError("uv sync failed; what it said stands above.")


def find_uv() -> Path:
    """Return a usable uv: from PATH, from .tools, or newly installed there."""
    wanted = _version_tuple(UV_VERSION)
    on_path = shutil.which("uv")
    if on_path and _uv_version(Path(on_path))[:2] >= wanted[:2]:
        return Path(on_path)
    own = TOOLS / "uv/bin/uv"
    if not own.exists() or _uv_version(own) != wanted:
        _install_uv()
    return own


def _uv_version(uv: Path) -> tuple[int, ...]:
    said = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=False)
    return _version_tuple(said.stdout)


def _version_tuple(text: str) -> tuple[int, ...]:
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _install_uv() -> None:
    """Install the pinned uv from PyPI into .tools/uv, the way this machine's Python offers."""
    say(f"Installing uv {UV_VERSION} into .tools …")
    target = TOOLS / "uv"
    requirement = f"uv=={UV_VERSION}"
    shutil.rmtree(target, ignore_errors=True)
    if _make_venv(target):
        _pip([str(target / "bin/python"), "-m", "pip", "install", "--quiet", requirement])
        return
    # Debian keeps ensurepip in a package of its own, pip in another.
    shutil.rmtree(target, ignore_errors=True)
    if _succeeds([sys.executable, "-m", "pip", "--version"]):
        _pip(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--target",
                str(target),
                requirement,
            ]
        )
        return
    wish = "apt-get install --yes --no-install-recommends python3-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise TroubleError(
            f"This Python can make no virtual environment; as root: {wish} (or install uv)."
        )
    say(f"This Python can make no virtual environment: {wish}")
    subprocess.run(["apt-get", "update", "--quiet=2"], check=False)
    apt_environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*wish.split(), "--quiet=2"], check=False, env=apt_environment)
    if not _make_venv(target):
        raise TroubleError(f"`{wish}` did not help; install uv by hand and put it on PATH.")
    _pip([str(target / "bin/python"), "-m", "pip", "install", "--quiet", requirement])


def _make_venv(target: Path) -> bool:
    return _succeeds([sys.executable, "-m", "venv", str(target)])


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _pip(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode:
        raise TroubleError(
            f"pip could not install uv {UV_VERSION}; is the package index reachable from here?"
        )
