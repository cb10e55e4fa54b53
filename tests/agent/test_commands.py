"""Other programs: real ones, that write, fail, hang or are not there."""

import os
import time
from pathlib import Path

import pytest
from homelab_agent.commands import find, output_of


def script(folder: Path, text: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def _only_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def test_what_it_writes_and_how_it_ends(tmp_path: Path) -> None:
    script(tmp_path, 'echo "$1 $LC_ALL"; echo not this >&2; cat; exit 3')
    assert output_of(["program", "word"], 30) == (3, b"word C.UTF-8\n")


def test_more_than_a_pipe_holds(tmp_path: Path) -> None:
    script(tmp_path, "head -c 300000 /dev/zero")
    assert len(output_of(["program"], 30)[1]) == 300_000


def test_one_that_hangs_is_ended(tmp_path: Path) -> None:
    script(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        output_of(["program"], 0.5)
    assert time.monotonic() - began < 30
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_one_that_is_not_there() -> None:
    assert find("there-is-no-such-program") is None
    with pytest.raises(FileNotFoundError):
        output_of(["there-is-no-such-program"], 1)


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    script(tmp_path, "echo")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        output_of(["program"], 30)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
