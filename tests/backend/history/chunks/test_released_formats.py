from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from homelab_cmd.db.database import Database

from tests.fixtures.history.record import HERE, said

RECORDED = sorted(HERE.glob("chunks-v*.sqlite3"))


def test_there_is_a_record_of_each_released_format() -> None:
    assert [file.name for file in RECORDED] == ["chunks-v1.sqlite3"]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda file: file.stem)
def test_a_recorded_file_still_says_what_it_said(recorded: Path, tmp_path: Path) -> None:
    expected = json.loads(recorded.with_suffix(".json").read_text(encoding="utf-8"))
    database = Database(f"sqlite:///{shutil.copy(recorded, tmp_path)}")
    answers = json.loads(json.dumps(said(database)))
    database.dispose()
    assert answers.keys() >= expected.keys()
    for series, columns in expected.items():
        # Fields that were declared since are there too, without a value.
        assert {name: answers[series][name] for name in columns} == columns
