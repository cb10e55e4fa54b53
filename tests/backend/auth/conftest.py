from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from homelab_cmd.auth.agent_tokens import AgentTokens
from homelab_cmd.auth.service import AuthService
from homelab_cmd.db.database import Database
from homelab_cmd.db.metadata import metadata


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    metadata.create_all(made.engine)
    yield made
    made.dispose()


@pytest.fixture
def auth(database: Database) -> AuthService:
    return AuthService(database)


@pytest.fixture
def agent_tokens(database: Database, auth: AuthService) -> AgentTokens:
    return AgentTokens(database, auth.identify)
