from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.config import ConfigError, load
from homelab_agent.enrol import Invitation, Membership, exchange, write_private, write_settings

from tests.agent.standin import Listening, Reply, Request, StandIn, error

GUID = "7a1f2a9e-6f0e-4c58-9f57-3f0a4b0f7f10"
Listen = Callable[..., Listening]


def gives(**fields: object) -> Callable[[Request], Reply]:
    return lambda _request: (200, {"server_id": "nas", "token": "hca_x"} | fields, {})


def test_the_code_is_shown_and_the_name_taken(listen: Listen) -> None:
    server = StandIn(refuse=gives())
    invitation = Invitation(listen(server).url, "CODE", same_as="nas")
    assert exchange(invitation, GUID) == Membership("nas", "hca_x")
    (request,) = server.requests
    assert request.path == "/api/v1/agents/enrol"
    assert request.body == {
        "code": "CODE",
        "hostname": os.uname().nodename,
        "server_guid": GUID,
        "same_as": "nas",
        "new_host": False,
    }
    assert "Authorization" not in request.headers


def test_a_refusal_says_what_the_server_said(listen: Listen) -> None:
    question = "Is it this host? Then enrol with --same-as nas."
    server = StandIn(refuse=lambda _request: error(409, "SAME_HOST", question))
    with pytest.raises(ConfigError, match="--same-as nas"):
        exchange(Invitation(listen(server).url, "CODE"), GUID)


@pytest.mark.parametrize("fields", [{"server_id": 5}, {"token": None}])
def test_a_stranger_is_no_server(listen: Listen, fields: dict[str, Any]) -> None:
    server = StandIn(refuse=gives(**fields))
    with pytest.raises(ConfigError, match="HomelabCmd"):
        exchange(Invitation(listen(server).url, "CODE"), GUID)


def test_nobody_there_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="can't be reached"):
        exchange(Invitation("http://127.0.0.1:1", "CODE"), GUID)


def test_settings_are_for_their_owner_alone_and_can_be_read_back(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")
    (tmp_path / "token").chmod(0o644)
    invitation = Invitation("https://nas.lan:8080", "CODE", fingerprint="ab" * 32)
    write_settings(str(tmp_path), invitation, Membership("nas", "hca_x"), {"interval": "5"})
    assert {path.name for path in tmp_path.iterdir()} == {"agent.ini", "token"}
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "token").read_text() == "hca_x\n"

    class Options:
        config = str(tmp_path / "agent.ini")

    config = load(Options, {})  # type: ignore[arg-type]  # it asks for attributes alone
    assert (config.server, config.server_id) == ("https://nas.lan:8080", "nas")
    assert config.interval_seconds == 5.0
    assert config.fingerprint == "ab" * 32
    assert config.token_file == str(tmp_path / "token")


def test_a_private_file_was_never_public(tmp_path: Path) -> None:
    (tmp_path / "secret.new").write_text("left by a crash")
    (tmp_path / "secret.new").chmod(0o666)
    write_private(str(tmp_path / "secret"), "x")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_the_command_enrols(listen: Listen, tmp_path: Path) -> None:
    server = StandIn(refuse=gives())
    words = ["enrol", listen(server).url, "CODE", "--new-host", "--folder", str(tmp_path / "etc")]
    done = subprocess.run(
        [sys.executable, "-m", "homelab_agent", *words],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "STATE_DIRECTORY": str(tmp_path / "state")},
    )
    assert done.returncode == 0, done.stderr
    assert "This host is nas now" in done.stdout
    state = json.loads((tmp_path / "state/state.json").read_text())
    assert server.requests[0].body["server_guid"] == state["server_guid"]
    assert server.requests[0].body["new_host"] is True
    assert (tmp_path / "etc/token").read_text() == "hca_x\n"


@pytest.mark.parametrize("words", [["install", "http://127.0.0.1:1", "CODE"], ["uninstall"]])
@pytest.mark.skipif(os.geteuid() == 0, reason="root may")
def test_settling_needs_root(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "homelab_agent", *words],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "root" in done.stderr
