"""Readers of live streams."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.backend.live.listening import Listener


@pytest.fixture
def listener(anonymous: TestClient, person: TestClient) -> Listener:
    return Listener(anonymous, person)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Streams ask little of the database: one kind will do, but for test_relay.py."""
    return f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}"
