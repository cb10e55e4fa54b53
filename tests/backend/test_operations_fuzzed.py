"""Schemathesis over every operation, in each state of being known, against a real server.

What it looks for: answers of 500 and above, statuses that OpenAPI doesn't name, answers that are
not as it says. A few examples each run in the suite; HOMELAB_FUZZ_EXAMPLES=500 is the long form.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from homelab_cmd.app import create_app
from homelab_cmd.auth import users
from homelab_cmd.auth.agent_tokens import add_agent
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.principals import COMMAND_LINE, Client, Role
from homelab_cmd.auth.service import AuthService
from homelab_cmd.db.database import Database
from homelab_cmd.openapi import build_openapi
from homelab_cmd.settings import Settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from tests.backend.real_server import RealServer, running

EXAMPLES = int(os.environ.get("HOMELAB_FUZZ_EXAMPLES", "3"))
LONG = EXAMPLES > 10
PASSWORD = "correct horse battery staple"
SENT_BY_AGENTS = {"send_heartbeat", "send_heartbeats"}
# There is no Netdata here, and it says so.
UNAVAILABLE = {"get_netdata_metrics"}

document = build_openapi(create_app(Settings()))
schema = schemathesis.openapi.from_dict(document)
OPERATIONS = {
    result.ok().definition.raw["operationId"]: result.ok()
    for result in schema.get_all_operations()
    if isinstance(result, Ok)
}


def rows() -> list[tuple[str, str]]:
    """Operations with who asks: in the short form one who may, in the long one everybody."""
    if LONG:
        return [(name, asker) for name in OPERATIONS for asker in ("nobody", *ROLES, "agent")]
    return [(name, "agent" if name in SENT_BY_AGENTS else "an-admin") for name in OPERATIONS]


# Not the names of the examples in OpenAPI, which are tried too.
ROLES = {"an-admin": Role.ADMIN, "a-viewer": Role.VIEWER}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with running(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.fixture(scope="module")
def database(server: RealServer) -> Iterator[Database]:
    """The server's own, for what the tests need there."""
    opened = Database(f"sqlite:///{server.data_dir / 'homelab-cmd.sqlite3'}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def agent_token(database: Database) -> str:
    hashed = hash_password(PASSWORD)
    with database.write() as session:
        for name, role in ROLES.items():
            users.create_user(session, name, role, hashed, actor="test", client=COMMAND_LINE)
        return add_agent(session, "a-host", actor="test", client=COMMAND_LINE)


@pytest.fixture
def credential(database: Database, agent_token: str) -> Callable[[str], Mapping[str, str]]:
    """The headers of an asker; people log in anew, for the last test may have ended a session."""
    auth = AuthService(database)

    def headers(asker: str) -> Mapping[str, str]:
        if asker == "nobody":
            return {}
        if asker == "agent":
            return {"Authorization": f"Bearer {agent_token}"}
        # From another address: guesses at log_in may have used up what ours may try.
        token = auth.log_in(asker, PASSWORD, Client(address="10.0.0.1")).access_token
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.mark.parametrize("operation_id, asker", rows())
def test_no_input_makes_it_stumble(
    server: RealServer,
    credential: Callable[[str], Mapping[str, str]],
    operation_id: str,
    asker: str,
) -> None:
    headers = dict(credential(asker))
    session = requests.Session()

    def call(case: Case[Any]) -> None:
        answer = case.call(server.url, session=session, headers=headers, timeout=60)
        if answer.content == b"Invalid HTTP request received.":
            return  # no HTTP, or more of it than is read: it never reached an operation
        assert answer.status_code < 500 or operation_id in UNAVAILABLE, answer.text
        case.validate_response(
            answer, checks=[status_code_conformance, response_schema_conformance]
        )

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        cases = OPERATIONS[operation_id].as_strategy(generation_mode=mode)
        run = settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=not LONG,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )(given(cases)(call))
        with suppress(Unsatisfiable):  # an operation that takes nothing can't be asked wrongly
            run()
