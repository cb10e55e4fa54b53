"""The command as people run it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def agent(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "homelab_agent", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_show_prints_the_heartbeat() -> None:
    shown = agent("show", "--server-id", "nas", "--interval", "30")
    assert shown.returncode == 0, shown.stderr
    heartbeat = json.loads(shown.stdout)
    assert heartbeat["server_id"] == "nas"
    assert heartbeat["interval_seconds"] == 30
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", heartbeat["timestamp"])
    assert all(report["ok"] for report in heartbeat["collectors"].values())
    assert 0 <= heartbeat["metrics"]["cpu_percent"] <= 100
    assert {"mount_point", "device", "fs_type", "total_bytes", "used_bytes"} <= heartbeat[
        "filesystems"
    ][0].keys()
    in_kernel = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]
    names = {line.split(":")[0].strip() for line in in_kernel} - {"lo"}
    assert {row["name"] for row in heartbeat["network_interfaces"]} == names


def test_show_of_a_host_without_any_known_file(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    shown = agent("show", "--procfs", str(tmp_path), "--sysfs", str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    heartbeat = json.loads(shown.stdout)
    assert not heartbeat["collectors"]["network_interface"]["ok"]
    assert "network_interfaces" not in heartbeat


@pytest.mark.parametrize(
    "words", [["show", "--procfs", "/nowhere"], ["show", "--interval", "never"]]
)
def test_a_wrong_setting_ends_in_one_sentence(words: list[str]) -> None:
    refused = agent(*words)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1
    assert "Traceback" not in refused.stderr


def test_help_names_the_commands() -> None:
    helped = agent("--help")
    assert helped.returncode == 0
    assert "show" in helped.stdout
