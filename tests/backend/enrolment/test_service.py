from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from homelab_cmd.auth.agent_tokens import AgentTokens
from homelab_cmd.auth.principals import COMMAND_LINE
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.enrolment.codes import issue_code
from homelab_cmd.enrolment.service import Newcomer, enrol, slug_of
from homelab_cmd.errors import ApiError, Conflict, Forbidden, NotFound, Unauthorized
from homelab_cmd.servers.models import Server
from homelab_cmd.servers.service import create_server, delete_server, get_server
from sqlalchemy.orm import Session


def new_code(database: Database, server_id: str | None = None, *, minutes: int = 60) -> str:
    with database.write() as session:
        return issue_code(
            session, minutes=minutes, server_id=server_id, actor="test", client=COMMAND_LINE
        )


def exchange(
    database: Database,
    tokens: AgentTokens,
    code: str,
    newcomer: Newcomer,
    *,
    reporting: bool = False,
) -> tuple[str, str]:
    with database.write() as session:
        return enrol(
            session,
            tokens,
            code,
            newcomer,
            is_reporting=lambda _server: reporting,
            client=COMMAND_LINE,
        )


def host(hostname: str = "nas.lan") -> Newcomer:
    return Newcomer(hostname, str(uuid4()))


def has_reported(session: Session, server_id: str) -> Server:
    server = get_server(session, server_id)
    server.last_seen_ms = now_ms()
    return server


@pytest.mark.parametrize(
    "hostname, slug",
    [
        ("nas", "nas"),
        ("NAS.lan", "nas"),
        ("raspberry_pi 4", "raspberry-pi-4"),
        ("--x--", "x"),
        ("дом", "host"),
        (".", "host"),
        ("a" * 255, "a" * 90),
    ],
)
def test_a_hostname_becomes_a_server_id(hostname: str, slug: str) -> None:
    assert slug_of(hostname) == slug


def test_a_code_gives_a_token_bound_to_a_new_server(
    database: Database, agent_tokens: AgentTokens
) -> None:
    newcomer = host()
    server_id, token = exchange(database, agent_tokens, new_code(database), newcomer)
    assert server_id == "nas"
    identity = agent_tokens.verify_in_thread(token)
    assert (identity.server_id, identity.guid) == ("nas", newcomer.guid)


def test_codes_are_read_as_they_are_typed(database: Database, agent_tokens: AgentTokens) -> None:
    typed = new_code(database).replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert exchange(database, agent_tokens, typed, host())[0] == "nas"


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA", "\ud800", "x" * 100])
def test_a_wrong_code_is_refused(database: Database, agent_tokens: AgentTokens, code: str) -> None:
    new_code(database)
    with pytest.raises(Forbidden):
        exchange(database, agent_tokens, code, host())


def test_a_code_expires(database: Database, agent_tokens: AgentTokens) -> None:
    code = new_code(database, minutes=0)
    with pytest.raises(Forbidden):
        exchange(database, agent_tokens, code, host())


def test_of_a_hundred_parallel_claims_one_wins(
    database: Database, agent_tokens: AgentTokens
) -> None:
    code = new_code(database)

    def claim(number: int) -> str | None:
        try:
            return exchange(database, agent_tokens, code, host(f"host{number}"))[0]
        except Forbidden:
            return None

    with ThreadPoolExecutor(20) as pool:
        winners = [won for won in pool.map(claim, range(100)) if won]
    assert len(winners) == 1
    with database.read() as session:
        assert [row.server_id for row in session.query(Server)] == winners


def test_a_known_guid_stays_the_same_server_and_gets_a_new_token(
    database: Database, agent_tokens: AgentTokens
) -> None:
    newcomer = host()
    _, first = exchange(database, agent_tokens, new_code(database), newcomer)
    renamed = Newcomer("attic", newcomer.guid)
    server_id, second = exchange(database, agent_tokens, new_code(database), renamed)
    assert server_id == "nas"
    assert agent_tokens.verify_in_thread(second).server_id == "nas"
    with pytest.raises(Unauthorized):
        agent_tokens.verify_in_thread(first)


def test_a_silent_server_of_the_name_is_asked_about(
    database: Database, agent_tokens: AgentTokens
) -> None:
    exchange(database, agent_tokens, new_code(database), host())
    with database.write() as session:
        has_reported(session, "nas")
    code = new_code(database)
    reinstalled = host()
    with pytest.raises(Conflict) as asked:
        exchange(database, agent_tokens, code, reinstalled)
    assert asked.value.code == "SAME_HOST"
    assert asked.value.extra == {"candidate": "nas"}

    same = Newcomer("nas.lan", reinstalled.guid, same_as="nas")
    server_id, token = exchange(database, agent_tokens, code, same)
    assert server_id == "nas"
    assert agent_tokens.verify_in_thread(token).guid == reinstalled.guid


def test_another_host_of_the_name_gets_a_number(
    database: Database, agent_tokens: AgentTokens
) -> None:
    exchange(database, agent_tokens, new_code(database), host())
    said_so = Newcomer("nas", str(uuid4()), new_host=True)
    assert exchange(database, agent_tokens, new_code(database), said_so)[0] == "nas-2"
    # One that reports at this moment can't be the host that asks.
    third = exchange(database, agent_tokens, new_code(database), host(), reporting=True)
    assert third[0] == "nas-3"


def test_a_server_made_by_hand_waits_for_its_host(
    database: Database, agent_tokens: AgentTokens
) -> None:
    with database.write() as session:
        create_server(session, "nas")
    newcomer = host()
    assert exchange(database, agent_tokens, new_code(database), newcomer)[0] == "nas"
    with database.read() as session:
        assert get_server(session, "nas").guid == newcomer.guid


def test_a_code_can_be_made_for_one_server(database: Database, agent_tokens: AgentTokens) -> None:
    with database.write() as session:
        create_server(session, "attic")
    first = host("nas")
    assert exchange(database, agent_tokens, new_code(database, "attic"), first)[0] == "attic"
    with database.write() as session:
        create_server(session, "cellar")
    with pytest.raises(Conflict):
        exchange(database, agent_tokens, new_code(database, "cellar"), first)


def test_same_as_must_exist(database: Database, agent_tokens: AgentTokens) -> None:
    code = new_code(database)
    with pytest.raises(NotFound):
        exchange(database, agent_tokens, code, Newcomer("nas", str(uuid4()), same_as="gone"))
    assert exchange(database, agent_tokens, code, host())[0] == "nas"


def test_a_deleted_servers_name_is_not_given_again_before_its_history_is_gone(
    database: Database, agent_tokens: AgentTokens
) -> None:
    newcomer = host()
    _, token = exchange(database, agent_tokens, new_code(database), newcomer)
    with database.write() as session:
        delete_server(session, "nas")
        agent_tokens.follow(session)
    with pytest.raises(ApiError):
        agent_tokens.verify_in_thread(token)
    assert exchange(database, agent_tokens, new_code(database), newcomer)[0] == "nas-2"
