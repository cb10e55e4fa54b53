from __future__ import annotations

from collections.abc import Iterator

import pytest
from homelab_cmd.auth.agent_tokens import AgentTokens
from homelab_cmd.auth.service import AuthService
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def auth(database: Database) -> AuthService:
    return AuthService(database)


@pytest.fixture
def agent_tokens(database: Database, auth: AuthService) -> AgentTokens:
    return AgentTokens(database, auth.identify)
