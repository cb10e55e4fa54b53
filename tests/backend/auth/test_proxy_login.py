"""Logging in by the header of a proxy: of a named one alone, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.auth.proxy import behind_proxies
from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings, load_settings

PATH = "/api/v1/auth/proxy"
PROXY = "172.18.0.7"


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=sqlite_url,
        proxy_user_header="Remote-User",
        trusted_proxies="172.18.0.0/16",
    )


def client(settings: Settings, peer: str) -> TestClient:
    app = behind_proxies(create_app(settings), settings)
    return TestClient(app, base_url="http://127.0.0.1", client=(peer, 4_711))


def test_whom_the_proxy_names_is_logged_in(settings: Settings) -> None:
    with client(settings, PROXY) as browser:
        headers = {"Remote-User": "Lena", "X-Forwarded-For": "192.168.1.20"}
        assert browser.get("/api/v1/auth/methods", headers=headers).json()["proxy_user"] == "Lena"
        assert browser.post(PATH, headers=headers).status_code == 200
        me = browser.get("/api/v1/auth/me").json()
        assert me == {"kind": "user", "name": "lena", "scope": "read"}
        sessions = browser.get("/api/v1/auth/sessions").json()["sessions"]
        assert [session["address"] for session in sessions] == ["192.168.1.20"]


@pytest.mark.parametrize(
    "peer, headers",
    [
        (PROXY, []),
        ("192.168.1.66", [("Remote-User", "anna")]),
        ("192.168.1.66", [("Remote-User", "anna"), ("X-Forwarded-For", PROXY)]),
        (PROXY, [("Remote-User", "anna"), ("Remote-User", "lena")]),
        (PROXY, [("X-Remote-User", "anna")]),
        (PROXY, [("Remote-User", " ")]),
    ],
)
def test_nobody_else_is(settings: Settings, peer: str, headers: list[tuple[str, str]]) -> None:
    with client(settings, peer) as browser:
        answer = browser.post(PATH, headers=headers)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (403, "NO_PROXY_USER")


def test_without_the_setting_no_header_counts(settings: Settings) -> None:
    plain = settings.model_copy(update={"proxy_user_header": ""})
    with client(plain, PROXY) as browser:
        assert browser.post(PATH, headers={"Remote-User": "anna"}).status_code == 404


def test_without_sign_up_only_the_known_come_in(settings: Settings) -> None:
    closed = settings.model_copy(update={"login_sign_up": False})
    with client(closed, PROXY) as browser:
        answer = browser.post(PATH, headers={"Remote-User": "lena"})
        assert answer.json()["detail"]["code"] == "NO_ACCOUNT"


def test_a_wrong_network_is_named() -> None:
    with pytest.raises(StartupError, match=r"TRUSTED_PROXIES.*'172.18.0.0/99'"):
        load_settings(trusted_proxies="172.18.0.0/99")
