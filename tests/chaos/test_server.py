"""The short form of `./dev chaos`: the same campaign, a few rounds."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.server import campaign


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    result = campaign(tmp_path, rounds=2, hosts=8, seed=1)
    assert result.clean, result
    assert result.acknowledged > 0
