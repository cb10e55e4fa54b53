"""The same database and credentials as the accounts' tests have."""

from tests.backend.auth.conftest import agent_tokens, auth, database

__all__ = ["agent_tokens", "auth", "database"]
