"""Who may do what: every operation of the API against every kind of credential.

The operations come from OpenAPI. One that is new and has no row in `NEEDS` fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_agent.contract import FAMILIES
from homelab_cmd.app import ROUTERS
from homelab_cmd.auth import api_tokens, users
from homelab_cmd.auth.agent_tokens import create_agent_token
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.principals import COMMAND_LINE, Client, Role, Scope
from homelab_cmd.openapi import build_openapi
from homelab_cmd.servers.service import create_server
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import WebSocketDenialResponse

OPEN, READ, PERSON, WRITE, ADMIN, AGENT = "open", "read", "person", "write", "admin", "agent"

NEEDS = {
    "get_health": OPEN,
    "get_housekeeping": READ,
    "get_setup": OPEN,
    "set_up": OPEN,
    "log_in": OPEN,
    "enrol_agent": OPEN,
    "get_install_script": OPEN,
    "get_agent": OPEN,
    "get_me": READ,
    "create_ticket": READ,
    "log_out": PERSON,
    "change_password": PERSON,
    "list_sessions": PERSON,
    "end_session": PERSON,
    "get_login_methods": OPEN,
    "start_provider_login": OPEN,
    "connect_provider": PERSON,
    "finish_provider_login": OPEN,
    "log_in_by_proxy": OPEN,
    "get_second_factor": PERSON,
    "propose_second_factor": PERSON,
    "turn_on_second_factor": PERSON,
    "turn_off_second_factor": PERSON,
    "delete_second_factor": ADMIN,
    "get_layout": PERSON,
    "save_layout": PERSON,
    "reset_layout": PERSON,
    "list_users": ADMIN,
    "create_user": ADMIN,
    "update_user": ADMIN,
    "delete_user": ADMIN,
    "list_tokens": ADMIN,
    "create_token": ADMIN,
    "revoke_token": ADMIN,
    "list_audit_entries": ADMIN,
    "create_enrolment_code": ADMIN,
    "list_agents": ADMIN,
    "rotate_agent_token": ADMIN,
    "revoke_agent_tokens": ADMIN,
    "get_settings": READ,
    "update_settings": ADMIN,
    "list_hide_rules": READ,
    "preview_hide_rule": READ,
    "create_hide_rule": ADMIN,
    "delete_hide_rule": ADMIN,
    "list_servers": READ,
    "get_server": READ,
    "update_server": WRITE,
    "pause_server": WRITE,
    "unpause_server": WRITE,
    "forget_filesystem": WRITE,
    "delete_server": ADMIN,
    "merge_server": ADMIN,
    "send_heartbeat": AGENT,
    "send_heartbeats": AGENT,
    "get_netdata_metrics": READ,
    "get_netdata_state": READ,
    "get_exposition": READ,
    "list_metrics": READ,
    "query_metric": READ,
    "get_latest_metric": READ,
    "list_hosts": READ,
    "query_series": READ,
    "get_catalogue": READ,
    "get_host_metrics": READ,
    "export_metrics": READ,
    "get_server_at": READ,
    "compare_server": READ,
    "get_server_events": READ,
    "get_server_forecast": READ,
    "list_filesystems": READ,
    "get_network_sparkline": READ,
    "get_metric_sparkline": READ,
    # One for each declared family; a new family needs no row.
    **{f"get_{family.name}_sparkline": READ for family in FAMILIES},
}

STREAMS = {"/ws/live": READ, "/ws/metrics/{metric_name}": READ}

MAY = {
    "nobody": {OPEN},
    "revoked session": {OPEN},
    "revoked token": {OPEN},
    "revoked agent": {OPEN},
    "viewer": {OPEN, READ, PERSON},
    "admin": {OPEN, READ, PERSON, WRITE, ADMIN},
    "read token": {OPEN, READ},
    "write token": {OPEN, READ, WRITE},
    "admin token": {OPEN, READ, WRITE, ADMIN},
    "agent": {OPEN, AGENT},
}
UNKNOWN = {"nobody", "revoked session", "revoked token", "revoked agent"}

# Not described by OpenAPI, and why each is open.
UNDESCRIBED = {"/openapi.json"}


@pytest.fixture
def credentials(app: FastAPI, anonymous: TestClient) -> Mapping[str, str]:
    """A secret for each kind of asker; `anonymous` brings the application to life."""
    del anonymous
    auth, database = app.state.auth, app.state.database
    password = "correct horse battery staple"
    hashed = hash_password(password)
    secrets = {}
    with database.write() as session:
        for name, role in (("viewer", Role.VIEWER), ("admin", Role.ADMIN), ("gone", Role.ADMIN)):
            users.create_user(session, name, role, hashed, actor="test", client=COMMAND_LINE)
        for scope in Scope:
            _, secrets[f"{scope} token"] = api_tokens.create_api_token(
                session, scope, scope, actor="test", client=COMMAND_LINE
            )
        _, secrets["revoked token"] = api_tokens.create_api_token(
            session, "gone", Scope.ADMIN, actor="test", client=COMMAND_LINE
        )
        api_tokens.revoke_api_token_named(session, "gone", actor="test", client=COMMAND_LINE)
        for kind, server_id in (("agent", "nas"), ("revoked agent", "gone")):
            server = create_server(session, server_id)
            secrets[kind] = create_agent_token(
                session, server.id, server_id, actor="test", client=COMMAND_LINE
            )
            if kind == "revoked agent":
                app.state.agent_tokens.revoke_server(session, server.id)
    client = Client(address="10.0.0.1")
    secrets |= {
        name: auth.log_in(name, password, client).access_token for name in ("viewer", "admin")
    }
    gone = auth.log_in("gone", password, client)
    auth.log_out(gone.principal, client)
    return secrets | {"revoked session": gone.access_token}


def operations(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Operation id, method and a path where nothing is; the one that ends sessions last."""
    document = build_openapi(app)
    found = [
        (operation["operationId"], method.upper(), filled(path, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] in NEEDS
    ]
    return iter(sorted(found, key=lambda row: row[0] == "log_out"))


def filled(path: str, operation: Mapping[str, Any]) -> str:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            number = parameter["schema"].get("type") == "integer"
            path = path.replace(f"{{{parameter['name']}}}", "2147483647" if number else "ghost")
    return path


def expected(asker: str, needed: str, status: int) -> bool:
    if needed in MAY[asker]:
        return status not in {401, 403}
    return status == (401 if asker in UNKNOWN else 403)


def test_every_operation_against_every_asker(
    app: FastAPI, anonymous: TestClient, credentials: Mapping[str, str]
) -> None:
    wrong = []
    for operation_id, method, path in operations(app):
        for asker in MAY:
            secret = credentials.get(asker)
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            anonymous.cookies.clear()
            answer = anonymous.request(method, path, headers=headers)
            if not expected(asker, NEEDS[operation_id], answer.status_code):
                wrong.append(f"{operation_id} as {asker}: {answer.status_code}")
    assert wrong == []


def test_every_operation_has_a_row(app: FastAPI) -> None:
    paths = build_openapi(app)["paths"].values()
    described = {operation["operationId"] for path in paths for operation in path.values()}
    assert described == NEEDS.keys()


def test_every_route_is_described(app: FastAPI) -> None:
    document = build_openapi(app)["paths"]
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    assert routes - document.keys() == UNDESCRIBED


def test_the_cookie_alone_changes_nothing(
    app: FastAPI, anonymous: TestClient, credentials: Mapping[str, str]
) -> None:
    anonymous.cookies.set("homelab_cmd_session", credentials["admin"])
    refused = {
        operation_id: anonymous.request(method, path).status_code
        for operation_id, method, path in operations(app)
        if method != "GET" and NEEDS[operation_id] not in {OPEN, AGENT}
    }
    assert set(refused.values()) == {403}


def test_what_needs_a_credential_says_so(app: FastAPI) -> None:
    for path, methods in build_openapi(app)["paths"].items():
        for operation in methods.values():
            needed = NEEDS.get(operation["operationId"], READ)
            assert bool(operation.get("security")) == (needed != OPEN), path
            assert ("401" in operation["responses"]) == (
                needed != OPEN or operation["operationId"] == "log_in"
            ), path


def test_every_stream_has_a_row() -> None:
    routes = [route for router in ROUTERS for route in router.routes]
    assert {route.path for route in routes if isinstance(route, WebSocketRoute)} == set(STREAMS)


def handshake(client: TestClient, path: str, secret: str | None) -> int:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        with client.websocket_connect(path, headers=headers):
            return 101
    except WebSocketDenialResponse as refusal:
        return refusal.status_code


@pytest.mark.parametrize("stream", STREAMS)
def test_every_stream_against_every_asker(
    anonymous: TestClient, credentials: Mapping[str, str], stream: str
) -> None:
    path = stream.replace("{metric_name}", "cpu_percent")
    wrong = []
    for asker in MAY:
        anonymous.cookies.clear()
        status = handshake(anonymous, path, credentials.get(asker))
        if not expected(asker, STREAMS[stream], status):
            wrong.append(f"{asker}: {status}")
    assert wrong == []


@pytest.mark.parametrize("stream", STREAMS)
def test_no_stream_opens_by_cookie(
    anonymous: TestClient, credentials: Mapping[str, str], stream: str
) -> None:
    anonymous.cookies.set("homelab_cmd_session", credentials["admin"])
    assert handshake(anonymous, stream.replace("{metric_name}", "cpu_percent"), None) == 401
