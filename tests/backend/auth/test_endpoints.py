from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.auth.dependencies import SESSION_COOKIE
from homelab_cmd.settings import Settings

PASSWORD = "correct horse battery staple"
CSRF = {"X-Requested-With": "homelab-cmd"}

Browser = Callable[[str], TestClient]


@pytest.fixture
def browser(app: FastAPI, person: TestClient) -> Browser:
    """A page that is logged in: it has the cookie and nothing else."""

    def log_in(name: str) -> TestClient:
        if name != "anna":
            body = {"username": name, "password": PASSWORD}
            assert person.post("/api/v1/users", json=body).status_code == 201
        client = TestClient(app, base_url="http://127.0.0.1")
        answer = client.post("/api/v1/auth/login", data={"username": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    return log_in


def code_of(answer: object) -> str:
    detail = answer.json()["detail"]  # type: ignore[attr-defined]  # httpx2 or httpx
    assert isinstance(detail["message"], str)
    return str(detail["code"])


def test_setup_login_me_logout(anonymous: TestClient, app: FastAPI) -> None:
    assert anonymous.get("/api/v1/auth/setup").json() == {"needed": True}
    token = app.state.auth.issue_setup_token()
    body = {"setup_token": token, "username": "anna", "password": PASSWORD}
    made = anonymous.post("/api/v1/auth/setup", json=body)
    assert made.status_code == 201, made.text
    assert anonymous.get("/api/v1/auth/setup").json() == {"needed": False}
    assert anonymous.post("/api/v1/auth/setup", json=body).status_code == 409

    form = {"username": "anna", "password": PASSWORD}
    login = anonymous.post("/api/v1/auth/login", data=form)
    assert login.json().keys() == {"access_token", "token_type", "expires_in"}
    assert login.json()["token_type"] == "bearer"
    assert login.headers["Cache-Control"] == "no-store"
    anonymous.cookies.clear()
    header = {"Authorization": f"Bearer {login.json()['access_token']}"}
    me = anonymous.get("/api/v1/auth/me", headers=header)
    assert me.json() == {"kind": "user", "name": "anna", "scope": "admin"}
    assert anonymous.post("/api/v1/auth/logout", headers=header).status_code == 204
    assert anonymous.get("/api/v1/auth/me", headers=header).status_code == 401


def test_the_cookie_is_out_of_a_scripts_reach(anonymous: TestClient, person: TestClient) -> None:
    form = {"username": "anna", "password": PASSWORD}
    cookie = anonymous.post("/api/v1/auth/login", data=form).headers["Set-Cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    secure = TestClient(person.app, base_url="https://127.0.0.1")
    assert "Secure" in secure.post("/api/v1/auth/login", data=form).headers["Set-Cookie"]


def test_behind_a_proxy_with_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, public_url="https://home.example"))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        body = {
            "setup_token": app.state.auth.issue_setup_token(),
            "username": "anna",
            "password": PASSWORD,
        }
        headers = {"Origin": "https://home.example"}
        answer = client.post("/api/v1/auth/setup", json=body, headers=headers)
    assert answer.status_code == 201
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_cookie_reads_freely_and_changes_with_the_header_alone(browser: Browser) -> None:
    page = browser("anna")
    assert page.get("/api/v1/auth/me").status_code == 200
    refused = page.post("/api/v1/auth/ticket")
    assert (refused.status_code, code_of(refused)) == (403, "CSRF")
    assert page.post("/api/v1/auth/ticket", headers=CSRF).status_code == 201
    own = CSRF | {"Origin": "http://127.0.0.1"}
    assert page.post("/api/v1/auth/ticket", headers=own).status_code == 201


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:81", "null", "http://127.0.0.1.evil", ""]
)
def test_other_sites_pages_change_nothing(browser: Browser, origin: str) -> None:
    page = browser("anna")
    for path in ("ticket", "logout"):
        refused = page.post(f"/api/v1/auth/{path}", headers=CSRF | {"Origin": origin})
        assert (refused.status_code, code_of(refused)) == (403, "CROSS_ORIGIN")
    form = {"username": "anna", "password": PASSWORD}
    assert page.post("/api/v1/auth/login", data=form, headers={"Origin": origin}).is_client_error


def test_an_ended_session_is_said_to_be_so(browser: Browser) -> None:
    page = browser("anna")
    stolen = page.cookies[SESSION_COOKIE]
    assert page.post("/api/v1/auth/logout", headers=CSRF).status_code == 204
    assert SESSION_COOKIE not in page.cookies
    again = page.get("/api/v1/auth/me", headers={"Cookie": f"{SESSION_COOKIE}={stolen}"})
    assert (again.status_code, code_of(again)) == (401, "SESSION_ENDED")
    assert again.headers["WWW-Authenticate"] == "Bearer"


def test_one_sees_and_ends_ones_own_sessions(browser: Browser) -> None:
    here, there = browser("ben"), None
    there = TestClient(here.app, base_url="http://127.0.0.1")
    there.post("/api/v1/auth/login", data={"username": "ben", "password": PASSWORD})
    listed = here.get("/api/v1/auth/sessions").json()["sessions"]
    assert [session["current"] for session in listed] == [False, True]
    other = listed[0]["id"]
    assert here.delete(f"/api/v1/auth/sessions/{other}", headers=CSRF).status_code == 204
    assert here.delete(f"/api/v1/auth/sessions/{other}", headers=CSRF).status_code == 404
    assert there.get("/api/v1/auth/me").status_code == 401


def test_nobody_ends_anothers_session(browser: Browser) -> None:
    anna, ben = browser("anna"), browser("ben")
    (bens, *_) = ben.get("/api/v1/auth/sessions").json()["sessions"]
    refused = anna.delete(f"/api/v1/auth/sessions/{bens['id']}", headers=CSRF)
    assert refused.status_code == 404
    assert ben.get("/api/v1/auth/me").status_code == 200


def test_changing_ones_password(browser: Browser) -> None:
    page = browser("ben")
    body = {"current_password": "wrong", "new_password": "another password"}
    wrong = page.post("/api/v1/auth/password", json=body, headers=CSRF)
    assert (wrong.status_code, code_of(wrong)) == (403, "WRONG_PASSWORD")
    body["current_password"] = PASSWORD
    assert page.post("/api/v1/auth/password", json=body, headers=CSRF).status_code == 204
    assert page.get("/api/v1/auth/me").status_code == 200


@pytest.mark.usefixtures("person")
def test_wrong_name_and_wrong_password_are_told_apart_by_nothing(anonymous: TestClient) -> None:
    answers = [
        anonymous.post("/api/v1/auth/login", data={"username": name, "password": "a guess"})
        for name in ("anna", "nobody")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()


@pytest.mark.usefixtures("person")
def test_guessing_ends_with_429(anonymous: TestClient) -> None:
    statuses = []
    for number in range(200):
        form = {"username": "anna", "password": f"guess {number}"}
        answer = anonymous.post("/api/v1/auth/login", data=form)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) > 0
    assert statuses.count(401) == 10
    assert statuses.count(429) == 190


def test_tokens_are_shown_once_and_refused_once_revoked(
    anonymous: TestClient, person: TestClient
) -> None:
    made = person.post("/api/v1/tokens", json={"name": "grafana", "scope": "read"})
    assert made.status_code == 201
    token = made.json()
    assert len(token["token"]) >= 43
    assert made.headers["Cache-Control"] == "no-store"
    assert person.post("/api/v1/tokens", json={"name": "grafana"}).status_code == 409
    listed = person.get("/api/v1/tokens").json()
    assert listed["total"] == 1
    assert token["token"] not in str(listed)
    assert listed["tokens"][0]["created_by"] == "user:anna"

    header = {"Authorization": f"Bearer {token['token']}"}
    assert anonymous.get("/api/v1/auth/me", headers=header).json()["kind"] == "api_token"
    assert anonymous.get("/api/v1/servers", headers=header).status_code == 200
    refused = anonymous.get("/api/v1/tokens", headers=header)
    assert (refused.status_code, code_of(refused)) == (403, "SCOPE_TOO_SMALL")
    assert person.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    assert anonymous.get("/api/v1/auth/me", headers=header).status_code == 401
    assert person.delete(f"/api/v1/tokens/{token['id']}").status_code == 404


def test_people_are_made_changed_and_deleted(person: TestClient, browser: Browser) -> None:
    ben = browser("ben")
    assert ben.get("/api/v1/users").status_code == 403
    listed = person.get("/api/v1/users").json()
    assert [(user["username"], user["role"]) for user in listed["users"]] == [
        ("anna", "admin"),
        ("ben", "viewer"),
    ]
    assert "password" not in str(listed)
    assert person.patch("/api/v1/users/ben", json={"role": "admin"}).json()["role"] == "admin"
    assert ben.get("/api/v1/users").status_code == 200
    assert person.delete("/api/v1/users/ben").status_code == 204
    assert ben.get("/api/v1/auth/me").status_code == 401
    last = person.delete("/api/v1/users/anna")
    assert (last.status_code, code_of(last)) == (409, "LAST_ADMIN")
    assert person.delete("/api/v1/users/ben").status_code == 404


def test_the_audit_log_tells_who_did_what(person: TestClient, browser: Browser) -> None:
    browser("ben")
    person.delete("/api/v1/users/ben")
    entries = person.get("/api/v1/audit").json()["entries"]
    done = [(entry["actor"], entry["action"], entry["subject"]) for entry in entries]
    assert done[:3] == [
        ("user:anna", "user.deleted", "ben"),
        ("user:ben", "login", ""),
        ("user:anna", "user.created", "ben (viewer)"),
    ]
    assert PASSWORD not in str(entries)


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ben", "password": "short"},
        {"username": "", "password": PASSWORD},
        {"username": "a b", "password": PASSWORD},
        {"username": "\ud800", "password": PASSWORD},
        {"username": "ben", "password": PASSWORD, "role": "root"},
        {"username": "ben", "password": PASSWORD, "is_admin": True},
        {"username": None, "password": PASSWORD},
        [],
    ],
)
def test_bad_people_are_refused(person: TestClient, body: object) -> None:
    answer = person.post("/api/v1/users", content=json.dumps(body))  # keeps lone surrogates
    assert answer.status_code == 422
    assert answer.json()["detail"]["path"]


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "%ff", "x" * 64, "a%20b"])
def test_odd_names_are_nobodys(person: TestClient, name: str) -> None:
    form = f"username={name}&password=guess"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    login = person.post("/api/v1/auth/login", content=form, headers=headers)
    assert (login.status_code, code_of(login)) == (401, "BAD_LOGIN")
    assert person.delete(f"/api/v1/users/{name}").status_code == 404
    subjects = [entry["subject"] for entry in person.get("/api/v1/audit").json()["entries"]]
    assert subjects[0] in {"", "x" * 64}


@pytest.mark.parametrize("scheme", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer  ", "Token x", "hct_x"])
def test_odd_authorization_headers_are_401(anonymous: TestClient, scheme: str) -> None:
    answer = anonymous.get("/api/v1/auth/me", headers={"Authorization": scheme})
    assert answer.status_code == 401


def test_agents_and_people_are_kept_apart(
    person: TestClient, agent: TestClient, anonymous: TestClient
) -> None:
    refused = agent.get("/api/v1/servers")
    assert (refused.status_code, code_of(refused)) == (403, "AGENT_TOKEN")
    heartbeat = person.post("/api/v1/agents/heartbeat", json={})
    assert (heartbeat.status_code, code_of(heartbeat)) == (403, "NOT_AN_AGENT")
    assert person.delete("/api/v1/agents/nas").status_code == 204
    assert agent.get("/api/v1/servers").status_code == 401
    assert agent.post("/api/v1/agents/heartbeat", json={}).status_code == 401
    assert anonymous.post("/api/v1/agents/heartbeat", json={}).status_code == 401
