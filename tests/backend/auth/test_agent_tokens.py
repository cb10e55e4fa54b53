from __future__ import annotations

import asyncio

import pytest
from homelab_cmd.auth import agent_tokens as tokens_module
from homelab_cmd.auth import api_tokens
from homelab_cmd.auth.agent_tokens import AgentTokens, create_agent_token, rotate_agent_token
from homelab_cmd.auth.principals import COMMAND_LINE, Scope
from homelab_cmd.auth.service import AuthService
from homelab_cmd.db.database import Database, after_commit
from homelab_cmd.errors import Forbidden, NotFound, Unauthorized
from homelab_cmd.servers.service import create_server, delete_server

GUID = "7a1f2a9e-6f0e-4c58-9f57-3f0a4b0f7f10"


def add_agent(database: Database, server_id: str, guid: str | None = None) -> tuple[int, str]:
    with database.write() as session:
        server = create_server(session, server_id, guid=guid)
        secret = create_agent_token(
            session, server.id, server_id, actor="test", client=COMMAND_LINE
        )
        return server.id, secret


def test_a_token_names_its_server(database: Database, agent_tokens: AgentTokens) -> None:
    nas_key, nas = add_agent(database, "nas", GUID)
    pi_key, pi = add_agent(database, "pi")
    identity = asyncio.run(agent_tokens.verify(nas))
    assert (identity.server_key, identity.server_id, identity.guid) == (nas_key, "nas", GUID)
    assert agent_tokens.verify_in_thread(pi).server_key == pi_key
    assert agent_tokens.verify_in_thread(nas) == identity


@pytest.mark.parametrize("token", ["hca_", "hca_" + "x" * 43, "hca_" + "\udcff" * 5_000])
def test_an_unknown_token_is_refused(agent_tokens: AgentTokens, token: str) -> None:
    with pytest.raises(Unauthorized):
        asyncio.run(agent_tokens.verify(token))


def test_a_token_made_by_another_process_is_known_at_once(
    database: Database, agent_tokens: AgentTokens
) -> None:
    _, nas = add_agent(database, "nas")
    agent_tokens.verify_in_thread(nas)
    _, pi = add_agent(database, "pi")
    assert agent_tokens.verify_in_thread(pi).server_id == "pi"


def test_revoking_holds_at_once_in_this_process(
    database: Database, agent_tokens: AgentTokens
) -> None:
    server_key, nas = add_agent(database, "nas")
    agent_tokens.verify_in_thread(nas)
    with database.write() as session:
        assert agent_tokens.revoke_server(session, server_key) == 1
        agent_tokens.verify_in_thread(nas)  # not committed yet
    with pytest.raises(Unauthorized):
        agent_tokens.verify_in_thread(nas)


def test_what_rolls_back_revokes_nothing(database: Database, agent_tokens: AgentTokens) -> None:
    server_key, nas = add_agent(database, "nas")
    with pytest.raises(NotFound), database.write() as session:  # noqa: PT012 - the second raises
        agent_tokens.revoke_server(session, server_key)
        delete_server(session, "another")
    assert agent_tokens.verify_in_thread(nas).server_key == server_key


def test_another_process_learns_of_it_once_what_it_read_is_old(
    database: Database,
    agent_tokens: AgentTokens,
    auth: AuthService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other_process = AgentTokens(database, auth.identify)
    server_key, nas = add_agent(database, "nas")
    other_process.verify_in_thread(nas)
    with database.write() as session:
        agent_tokens.revoke_server(session, server_key)
    monkeypatch.setattr(tokens_module, "MAX_STALENESS_SECONDS", 0.0)
    with pytest.raises(Unauthorized):
        other_process.verify_in_thread(nas)


def test_rotation_replaces_the_token(database: Database, agent_tokens: AgentTokens) -> None:
    server_key, old = add_agent(database, "nas")
    with database.write() as session:
        new = rotate_agent_token(session, server_key, "nas", actor="test", client=COMMAND_LINE)
        after_commit(session, agent_tokens.changed)
    assert agent_tokens.verify_in_thread(new).server_key == server_key
    with pytest.raises(Unauthorized):
        agent_tokens.verify_in_thread(old)


def test_the_tokens_of_a_deleted_server_are_refused(
    database: Database, agent_tokens: AgentTokens
) -> None:
    _, nas = add_agent(database, "nas")
    agent_tokens.verify_in_thread(nas)
    with database.write() as session:
        delete_server(session, "nas")
        after_commit(session, agent_tokens.changed)
    with pytest.raises(Unauthorized):
        agent_tokens.verify_in_thread(nas)


def test_a_scripts_token_sends_no_heartbeat(database: Database, agent_tokens: AgentTokens) -> None:
    with database.write() as session:
        _, secret = api_tokens.create_api_token(
            session, "script", Scope.ADMIN, actor="test", client=COMMAND_LINE
        )
    with pytest.raises(Forbidden):
        asyncio.run(agent_tokens.verify(secret))
    with pytest.raises(Unauthorized):
        asyncio.run(agent_tokens.verify("neither.one.nor.the.other"))
