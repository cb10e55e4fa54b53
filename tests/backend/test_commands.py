"""`homelab-cmd` says in one sentence what keeps it from its work."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from homelab_cmd.cli import main

COMMAND = [sys.executable, "-m", "homelab_cmd.cli"]


def run(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | (environment or {}),
    )


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process on a free port, and its address."""
    words = [*COMMAND, "serve", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stderr)))
            yield process, found[0]
        finally:
            process.terminate()
            process.stderr.read()


def one_sentence(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode not in (0, None)
    assert ended.stdout == ""
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in one_sentence(run("serve", "--port", port, "--data-dir", str(tmp_path)))


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = one_sentence(run("serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "x")))
    assert "--data-dir" in said


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    ended = run("serve", "--data-dir", str(tmp_path), environment={"HOMELAB_CMD_PORT": "many"})
    assert "HOMELAB_CMD_PORT" in one_sentence(ended)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "homelab-cmd.sqlite3").write_bytes(b"this is a text\n" * 1_000)
    assert "homelab-cmd.sqlite3" in one_sentence(run("migrate", "--data-dir", str(tmp_path)))


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    assert run("migrate", "--data-dir", str(tmp_path)).returncode == 0
    with closing(sqlite3.connect(tmp_path / "homelab-cmd.sqlite3")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert "9999" in one_sentence(run("migrate", "--data-dir", str(tmp_path)))


def test_the_server_serves_and_ends_cleanly(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url):
        assert httpx.get(f"{url}/api/v1/system/health").json()["status"] == "ok"
        # SQLite has one writer: a second server on the same folder is refused.
        second = run("serve", "--port", "0", "--data-dir", str(tmp_path))
        assert "Another server" in one_sentence(second)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = re.findall(r"^    ([a-z-]+) ", printed(capsys, "--help"), re.MULTILINE)
    assert {"serve", "user", "token", "agent", "enrol", "migrate", "openapi"} <= set(names)
    for name in names:
        assert "usage:" in printed(capsys, name, "--help")
