"""Log entries that neither forge others nor drive a terminal."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path

import pytest
from homelab_cmd.logs import JsonLines, TextLines

from tests.backend.real_server import COMMAND

NASTY = "nas\nERROR homelab_cmd: forged \x1b[2J\x9b31m \u2028 \u202e evil \x7f\ttab"


def record(
    message: str, *words: object, exception: BaseException | None = None
) -> logging.LogRecord:
    about = None if exception is None else (type(exception), exception, None)
    return logging.LogRecord("homelab_cmd.x", logging.ERROR, "", 0, message, words, about)


def test_text_is_one_inert_line() -> None:
    line = TextLines().format(record("host %s is odd", NASTY))
    assert line.startswith("ERROR homelab_cmd.x: host nas\\nERROR homelab_cmd: forged \\x1b[2J")
    assert line.isprintable() or line.replace("\t", "").isprintable()
    assert "\n" not in line


def test_an_exception_follows_and_is_inert_too() -> None:
    lines = TextLines().format(record("failed", exception=ValueError(f"\x1b {NASTY}"))).split("\n")
    assert lines[0] == "ERROR homelab_cmd.x: failed"
    assert all(line.replace("\t", "").isprintable() for line in lines)


def test_json_is_an_object_a_line_with_what_was_given() -> None:
    entry = record("host %s is odd", NASTY, exception=ValueError(NASTY))
    entry.server_id = NASTY
    line = JsonLines().format(entry)
    assert line.isascii()
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == f"host {NASTY} is odd"
    assert said["server_id"] == NASTY
    assert (said["level"], said["logger"]) == ("error", "homelab_cmd.x")
    assert said["time"].endswith("Z") or "+00:00" in said["time"]
    assert "ValueError" in said["exception"]


@pytest.mark.parametrize("words", [["--log-format", "json"], []], ids=["json", "text"])
def test_the_server_logs_so(tmp_path: Path, words: list[str]) -> None:
    line = [*COMMAND, "serve", "--port", "0", "--data-dir", str(tmp_path), *words]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        first = server.stderr.readline()
        server.terminate()
    if words:
        assert json.loads(first)["message"].startswith("listening on http://")
    else:
        assert first.startswith("INFO homelab_cmd: listening on http://")
