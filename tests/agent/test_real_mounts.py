"""The collector on real mounts, in namespaces of their own; needs root and /dev/fuse."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

APART = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"]


def can_mount() -> bool:
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return False
    return subprocess.run([*APART, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="mounting needs root and /dev/fuse")
def test_mounts_that_hang_and_vanish(tmp_path: Path) -> None:
    run = subprocess.run(
        [*APART, sys.executable, "-m", "tests.agent.real_mounts", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    first, second, third, fourth, df, fifth, sixth = lines

    def states(line: dict[str, Any]) -> dict[str, str]:
        return {name: row[0] for name, row in line["rows"].items()}

    assert states(first) == {"well": "ok", "hung": "stale"}
    assert states(second) == {"well": "ok", "hung": "stale"}
    assert second["seconds"] < first["seconds"]  # the second did not wait for it
    assert states(third) == {"well": "ok", "hung": "stale", "later": "ok"}
    assert third["rows"]["later"][4] is False
    assert fourth["rows"]["later"][4] is True
    assert [str(number) for number in fourth["rows"]["later"][1:4]] == df["numbers"]
    assert states(fifth) == {"well": "missing", "hung": "stale", "later": "ok"}
    assert fifth["rows"]["well"][1:4] == first["rows"]["well"][1:4]
    assert states(sixth) == {"well": "ok", "hung": "stale", "later": "ok"}
