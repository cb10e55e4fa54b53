from __future__ import annotations

from pathlib import Path

from tests.chaos.backup import campaign


def test_what_was_acknowledged_before_is_in_each_restored_backup(tmp_path: Path) -> None:
    result = campaign(tmp_path, rounds=2, hosts=4)
    assert result.clean, result
    assert result.backups == 2
    assert result.acknowledged_before > 0
