"""A database file that is replaced, or deleted, while the server runs on it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.settings import Settings

from tests.backend.ingest.test_heartbeat import URL, heartbeat

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def put_older_one(path: Path) -> None:
    """As `cp backup.db … && mv` does it: a whole database from before."""
    older = path.with_name("older.sqlite3")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(older)) as target:
        source.backup(target)
        target.execute("DELETE FROM heartbeats")
        target.commit()
    shutil.move(older, path)


@pytest.mark.parametrize("replace", [put_older_one, Path.unlink])
def test_nothing_is_acknowledged_into_a_file_that_is_gone(
    agent: TestClient, app: FastAPI, settings: Settings, replace: Callable[[Path], None]
) -> None:
    path = settings.sqlite_file
    assert path is not None
    ended: list[bool] = []
    app.state.writer.end_server = lambda: ended.append(True)
    assert agent.post(URL, json=heartbeat()).status_code == 200
    replace(path)
    for _ in range(2):
        answer = agent.post(URL, json=heartbeat())
        assert answer.status_code == 503
        assert "was replaced or deleted" in answer.json()["detail"]["message"]
        assert answer.headers["Retry-After"]
    assert ended == [True]  # once: the server is on its way out
    # What SQLite would have played back into the new file is kept, beside it.
    assert not path.with_name(f"{path.name}-wal").exists()
    assert list(path.parent.glob("*-wal.of-replaced-*"))
    with closing(sqlite3.connect(path)) as anew:
        assert anew.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if replace is put_older_one:
            assert anew.execute("SELECT count(*) FROM heartbeats").fetchone() == (0,)
