"""The command line of `./dev`, as one types it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def dev(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dev"), *words], capture_output=True, text=True, check=False
    )


def test_help_lists_the_commands() -> None:
    said = dev("--help")

    assert said.returncode == 0
    for command in ("setup", "test", "check", "fmt", "types", "clean"):
        assert command in said.stdout


def test_a_wrong_word_is_an_error() -> None:
    said = dev("check", "--fast")

    assert said.returncode == 2
    assert "--fast" in said.stderr
    assert "Traceback" not in said.stderr


def test_every_command_is_explained_to_those_who_join() -> None:
    described = (ROOT / "CONTRIBUTING.md").read_text()

    listed = [line.split()[0] for line in dev("--help").stdout.splitlines() if line[:4] == " " * 4]
    commands = [word for word in listed if word.isalnum()]
    assert commands
    assert [name for name in commands if f"`./dev {name}" not in described] == []
