"""`homelab-cmd user`, `token`, `agent` and `enrol`, as a shell meets them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from homelab_cmd.auth.agent_tokens import AgentTokens
from homelab_cmd.auth.principals import Client, Scope
from homelab_cmd.auth.service import AuthService
from homelab_cmd.cli import main
from homelab_cmd.db.database import Database
from homelab_cmd.errors import Unauthorized

PASSWORD = "correct horse battery staple"
CLIENT = Client(address="10.0.0.1")


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_command(*words: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main([*words, "--data-dir", str(tmp_path)])
        return Said(code, *capsys.readouterr())

    return run_command


@pytest.fixture
def auth(tmp_path: Path) -> AuthService:
    return AuthService(Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}"))


def one_sentence(said: Said) -> str:
    assert said.code == 1
    assert said.out == ""
    assert said.err.startswith("homelab-cmd: ")
    assert said.err.count("\n") == 1
    return said.err


def test_people(run: Run, auth: AuthService) -> None:
    made = run("user", "create", "Anna", "--admin", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (made.code, made.err) == (0, "")
    assert auth.log_in("anna", PASSWORD, CLIENT).principal.scope is Scope.ADMIN
    again = run("user", "create", "anna", "--password-stdin", typed=PASSWORD)
    assert "already" in one_sentence(again)

    made = run("user", "create", "ben", "--json", "--password-stdin", typed=PASSWORD)
    assert json.loads(made.out) == {"username": "ben", "role": "viewer"}
    login = auth.log_in("ben", PASSWORD, CLIENT)
    assert run("user", "passwd", "ben", "--password-stdin", typed="another one").code == 0
    assert auth.identify(login.access_token) is None
    with pytest.raises(Unauthorized):
        auth.log_in("ben", PASSWORD, CLIENT)

    listed = json.loads(run("user", "list", "--json").out)
    assert [(row["username"], row["role"]) for row in listed] == [
        ("anna", "admin"),
        ("ben", "viewer"),
    ]
    assert run("user", "list").out.splitlines()[1].split()[:2] == ["anna", "admin"]
    assert run("user", "delete", "ben").code == 0
    assert "no user" in one_sentence(run("user", "delete", "ben"))
    assert "last admin" in one_sentence(run("user", "delete", "anna"))


@pytest.mark.parametrize("typed", ["", "\n", "short"])
def test_a_password_has_a_length(run: Run, typed: str) -> None:
    said = run("user", "create", "anna", "--password-stdin", typed=typed)
    assert "8 characters" in one_sentence(said)


def test_without_a_terminal_a_password_is_not_asked_for(run: Run) -> None:
    assert "--password-stdin" in one_sentence(run("user", "create", "anna"))


def test_tokens(run: Run, auth: AuthService) -> None:
    made = run("token", "create", "grafana", "--scope", "read")
    secret = made.out.removesuffix("\n")
    assert "\n" not in secret
    principal = auth.identify(secret)
    assert principal is not None
    assert (principal.name, principal.scope) == ("grafana", Scope.READ)
    assert "already" in one_sentence(run("token", "create", "grafana", "--scope", "read"))
    short = run("token", "create", "job", "--scope", "admin", "--days", "1", "--json")
    assert json.loads(short.out).keys() == {"name", "scope", "token"}

    listed = run("token", "list", "--json")
    assert secret not in listed.out
    assert [row["name"] for row in json.loads(listed.out)] == ["grafana", "job"]
    assert run("token", "revoke", "grafana").code == 0
    assert auth.identify(secret) is None
    assert "no token" in one_sentence(run("token", "revoke", "grafana"))


def test_agents(run: Run, tmp_path: Path, auth: AuthService) -> None:
    database = Database(f"sqlite:///{tmp_path / 'homelab-cmd.sqlite3'}")
    tokens = AgentTokens(database, auth.identify)
    assert run("agent", "list").out == "No agent has a token yet.\n"
    first = run("agent", "add", "nas").out.strip()
    assert tokens.verify_in_thread(first).server_id == "nas"
    assert "rotate" in one_sentence(run("agent", "add", "nas"))
    second = run("agent", "rotate", "nas").out.strip()
    tokens.changed()
    assert tokens.verify_in_thread(second).server_id == "nas"
    with pytest.raises(Unauthorized):
        tokens.verify_in_thread(first)
    assert [row["server_id"] for row in json.loads(run("agent", "list", "--json").out)] == ["nas"]
    assert run("agent", "revoke", "nas").code == 0
    assert "no agent token" in one_sentence(run("agent", "revoke", "nas"))
    assert run("agent", "add", "nas").code == 0
    assert "no server" in one_sentence(run("agent", "rotate", "attic"))
    assert "small letters" in one_sentence(run("agent", "add", "My NAS"))


def test_enrol(run: Run) -> None:
    said = run("enrol", "--url", "https://home.example/", "--json")
    made = json.loads(said.out)
    assert made["code"] in made["lines"]["curl"]
    assert "https://home.example/install.sh" in made["lines"]["wget"]
    assert "no server" in one_sentence(run("enrol", "--server-id", "attic"))
    assert "--minutes" in one_sentence(run("enrol", "--minutes", "0"))


def test_secrets_are_not_for_everybody(run: Run, tmp_path: Path) -> None:
    assert run("user", "list").code == 0
    for path in tmp_path.glob("homelab-cmd.sqlite3*"):
        assert path.stat().st_mode & 0o077 == 0
    tmp_path.chmod(0o755)
    (tmp_path / "homelab-cmd.sqlite3").chmod(0o644)
    assert "chmod 600" in one_sentence(run("user", "list"))
