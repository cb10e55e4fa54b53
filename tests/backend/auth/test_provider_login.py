"""Logging in by an OpenID provider: who is believed, who is let in, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.auth.oidc import build_provider
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.principals import COMMAND_LINE, Role
from homelab_cmd.auth.users import create_user
from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings
from joserfc.jwk import RSAKey

from tests.backend.auth.provider import CLIENT_ID, CLIENT_SECRET, SmallProvider

PASSWORD = "correct horse battery staple"
START = "/api/v1/auth/provider/start"
CALLBACK = "/api/v1/auth/provider/callback"


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    made = SmallProvider()
    yield made
    made.close()


@pytest.fixture
def settings(provider: SmallProvider, tmp_path: Path, sqlite_url: str) -> Settings:
    secret = tmp_path / "client-secret"
    secret.write_text(f"{CLIENT_SECRET}\n")
    secret.chmod(0o600)
    return Settings(
        data_dir=tmp_path,
        database_url=sqlite_url,
        public_url="http://127.0.0.1",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret_file=secret,
        oidc_admin_group="admins",
    )


@pytest.fixture
def browser(settings: Settings) -> Iterator[TestClient]:
    """A browser without a session, on a server where anna is the admin."""
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        with app.state.database.write() as session:
            create_user(
                session,
                "anna",
                Role.ADMIN,
                hash_password(PASSWORD),
                actor="test",
                client=COMMAND_LINE,
            )
        yield client


def go(browser: TestClient, provider: SmallProvider, **body: str) -> str:
    """Through the whole login; where the browser ends."""
    started = browser.post(START, json=body)
    assert started.status_code == 200, started.text
    brought = provider.log_in(started.json()["url"])
    return str(browser.get(CALLBACK, params=brought).headers["Location"])


def me(browser: TestClient) -> dict[str, Any]:
    return dict(browser.get("/api/v1/auth/me").json())


def test_a_person_is_made_at_the_first_login_and_known_at_the_next(
    browser: TestClient, provider: SmallProvider
) -> None:
    assert browser.get("/api/v1/auth/methods").json()["provider"] == "OpenID"
    assert go(browser, provider, next="filesystems?q=ext") == "../../../../filesystems?q=ext"
    assert me(browser) == {"kind": "user", "name": "lena", "scope": "read"}
    browser.cookies.clear()
    # The name may change there, the account here is the same.
    provider.user = {"sub": "1f3", "preferred_username": "magdalena", "groups": ["admins"]}
    assert go(browser, provider) == "../../../../"
    assert me(browser) == {"kind": "user", "name": "lena", "scope": "admin"}
    provider.user["groups"] = []
    go(browser, provider)
    assert me(browser)["scope"] == "read"


def test_the_cookies_are_out_of_a_scripts_reach(
    browser: TestClient, provider: SmallProvider
) -> None:
    started = browser.post(START, json={})
    assert "HttpOnly" in started.headers["Set-Cookie"]
    assert "SameSite=lax" in started.headers["Set-Cookie"]
    brought = provider.log_in(started.json()["url"])
    session = browser.get(CALLBACK, params=brought).headers.get_list("Set-Cookie")[-1]
    assert session.startswith("homelab_cmd_session=")
    assert "SameSite=strict" in session


def test_a_callback_is_good_once_and_in_its_own_browser(
    browser: TestClient, provider: SmallProvider
) -> None:
    brought = provider.log_in(browser.post(START, json={}).json()["url"])
    other = TestClient(browser.app, base_url="http://127.0.0.1", follow_redirects=False)
    expired = "../../../../login?problem=LOGIN_EXPIRED"
    assert other.get(CALLBACK, params=brought).headers["Location"] == expired
    wrong_state = brought | {"state": "another"}
    assert browser.get(CALLBACK, params=wrong_state).headers["Location"] == expired
    # The flow is used up by now.
    assert browser.get(CALLBACK, params=brought).headers["Location"] == expired


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"]},  # without azp
        {"azp": "another client"},
        {"nonce": "of another login"},
        {"nonce": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"sub": "somebody else"},
        {"at_hash": "AAAA"},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_lets_nobody_in(
    browser: TestClient, provider: SmallProvider, wrong: dict[str, Any]
) -> None:
    provider.claims = wrong
    assert go(browser, provider) == "../../../../login?problem=PROVIDER_FAILED"
    assert browser.get("/api/v1/auth/me").status_code == 401


def test_an_id_token_of_another_key_lets_nobody_in(
    browser: TestClient, provider: SmallProvider
) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "first"})
    assert go(browser, provider) == "../../../../login?problem=PROVIDER_FAILED"
    provider.confuse = True
    assert go(browser, provider) == "../../../../login?problem=PROVIDER_FAILED"


def test_a_key_that_is_new_there_is_fetched(browser: TestClient, provider: SmallProvider) -> None:
    assert go(browser, provider) == "../../../../"
    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert go(browser, provider) == "../../../../"


def test_an_account_of_the_same_name_is_not_taken_over(
    browser: TestClient, provider: SmallProvider
) -> None:
    provider.user["preferred_username"] = "anna"
    assert go(browser, provider) == "../../../../login?problem=NAME_TAKEN"


def test_one_connects_ones_own_account(browser: TestClient, provider: SmallProvider) -> None:
    provider.user["groups"] = ["admins"]
    form = {"username": "anna", "password": PASSWORD}
    assert browser.post("/api/v1/auth/login", data=form).status_code == 200
    headers = {"X-Requested-With": "homelab-cmd"}
    started = browser.post("/api/v1/auth/provider/connect", headers=headers)
    brought = provider.log_in(started.json()["url"])
    ended = browser.get(CALLBACK, params=brought).headers["Location"]
    assert ended == "../../../../settings/account"
    browser.cookies.clear()
    go(browser, provider)
    assert me(browser)["name"] == "anna"


def test_the_last_admin_stays_one_whatever_the_groups_say(
    browser: TestClient, provider: SmallProvider
) -> None:
    test_one_connects_ones_own_account(browser, provider)
    provider.user["groups"] = []
    go(browser, provider)
    assert me(browser) == {"kind": "user", "name": "anna", "scope": "admin"}


def test_without_sign_up_only_the_known_come_in(
    settings: Settings, provider: SmallProvider
) -> None:
    closed = create_app(settings.model_copy(update={"login_sign_up": False}))
    with TestClient(closed, base_url="http://127.0.0.1", follow_redirects=False) as browser:
        assert go(browser, provider) == "../../../../login?problem=NO_ACCOUNT"


def test_who_has_no_password_can_log_in_with_none(
    browser: TestClient, provider: SmallProvider
) -> None:
    go(browser, provider)
    for password in (" ", "a password that nobody has"):
        form = {"username": "lena", "password": password}
        assert browser.post("/api/v1/auth/login", data=form).status_code == 401


def test_a_provider_that_is_away_is_said(browser: TestClient, provider: SmallProvider) -> None:
    provider.close()
    answer = browser.post(START, json={})
    assert answer.status_code == 503
    assert "refused the connection" in answer.json()["detail"]["message"]


def test_the_address_to_go_to_is_never_elsewhere(
    browser: TestClient, provider: SmallProvider
) -> None:
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example", "a\r\nX: y"):
        assert go(browser, provider, next=elsewhere) == "../../../../"


def test_what_is_missing_in_the_settings_is_named(settings: Settings) -> None:
    for name in ("oidc_client_id", "public_url"):
        with pytest.raises(StartupError, match=f"HOMELAB_CMD_{name.upper()}"):
            build_provider(settings.model_copy(update={name: ""}))
    assert settings.oidc_client_secret_file is not None
    settings.oidc_client_secret_file.chmod(0o644)
    with pytest.raises(StartupError, match="chmod 600"):
        build_provider(settings)
