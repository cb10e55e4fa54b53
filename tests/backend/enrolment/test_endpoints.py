from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import zipfile
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient


def test_from_a_code_to_a_heartbeats_token(person: TestClient, anonymous: TestClient) -> None:
    made = person.post("/api/v1/enrolment/codes", json={})
    assert made.status_code == 201, made.text
    code = made.json()["code"]
    request = {"code": code, "hostname": "NAS.lan", "server_guid": str(uuid4())}
    enrolled = anonymous.post("/api/v1/agents/enrol", json=request)
    assert enrolled.status_code == 200, enrolled.text
    assert enrolled.json().keys() == {"server_id", "token"}
    assert enrolled.json()["server_id"] == "nas"
    assert anonymous.post("/api/v1/agents/enrol", json=request).status_code == 403

    agents = person.get("/api/v1/agents").json()
    assert [agent["server_id"] for agent in agents["agents"]] == ["nas"]
    header = {"Authorization": f"Bearer {enrolled.json()['token']}"}
    assert (
        anonymous.get("/api/v1/servers", headers=header).status_code == 403
    )  # known, but an agent

    rotated = person.post("/api/v1/agents/nas/rotate").json()
    assert rotated["server_id"] == "nas"
    assert anonymous.get("/api/v1/servers", headers=header).status_code == 401
    header = {"Authorization": f"Bearer {rotated['token']}"}
    assert anonymous.get("/api/v1/servers", headers=header).status_code == 403
    assert person.delete("/api/v1/agents/nas").status_code == 204
    assert anonymous.get("/api/v1/servers", headers=header).status_code == 401
    assert person.delete("/api/v1/agents/nas").status_code == 404


def test_a_code_for_a_server_that_is_not_there(person: TestClient) -> None:
    answer = person.post("/api/v1/enrolment/codes", json={"server_id": "nas"})
    assert answer.status_code == 404


@pytest.mark.parametrize("guid", ["", "nas", "00000000-0000-0000-0000-000000000000", None])
def test_a_guid_is_a_uuid4(anonymous: TestClient, guid: str | None) -> None:
    request = {"code": "x", "hostname": "nas", "server_guid": guid}
    assert anonymous.post("/api/v1/agents/enrol", json=request).status_code == 422


@pytest.mark.parametrize("tool", ["curl", "wget", "python"])
def test_the_lines_are_shell(person: TestClient, tool: str) -> None:
    made = person.post("/api/v1/enrolment/codes", json={}).json()
    words = shlex.split(made["lines"][tool])
    assert "http://127.0.0.1/install.sh" in words
    assert words[-2:] == ["http://127.0.0.1", made["code"]]


def test_the_install_script_is_posix_shell_without_secrets(anonymous: TestClient) -> None:
    script = anonymous.get("/install.sh")
    assert script.status_code == 200
    assert script.text.startswith("#!/bin/sh\n")
    assert len(script.content) < 4_096
    shell = shutil.which("dash") or "/bin/sh"
    checked = subprocess.run([shell, "-n"], input=script.content, check=False, capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_the_agent_can_be_fetched(anonymous: TestClient) -> None:
    program = anonymous.get("/agent/homelab-agent.pyz").content
    assert zipfile.ZipFile(io.BytesIO(program)).testzip() is None
