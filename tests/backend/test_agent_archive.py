"""The file that a new host downloads, run as it would run there."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from homelab_agent import __version__
from homelab_cmd.agent_archive import agent_archive


def test_it_runs_where_nothing_but_python_is(tmp_path: Path) -> None:
    program = tmp_path / "homelab-agent.pyz"
    program.write_bytes(agent_archive())

    # -I and -S: no folder of this checkout and no installed package can be imported.
    command = [sys.executable, "-I", "-S", str(program), "--version"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stderr
    assert __version__ in said.stdout


def test_the_same_sources_give_the_same_bytes() -> None:
    first = agent_archive()
    agent_archive.cache_clear()

    assert agent_archive() == first


def test_it_holds_the_agent_and_nothing_of_the_server() -> None:
    with zipfile.ZipFile(io.BytesIO(agent_archive())) as archive:
        folders = {name.split("/")[0] for name in archive.namelist()}

    assert folders == {"__main__.py", "homelab_agent"}
