from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.layouts import service

from tests.backend.conftest import PASSWORD

HOST = "/api/v1/layouts/host:nas"
ARRANGED = [
    {"id": "network", "width": "full", "hidden": False},
    {"id": "cpu", "width": None, "hidden": False},
    {"id": "load", "width": "third", "hidden": True},
]


def client_of(app: FastAPI, person: TestClient, name: str) -> TestClient:
    """Requests of a further person."""
    body = {"username": name, "password": PASSWORD, "role": "viewer"}
    assert person.post("/api/v1/users", json=body).status_code == 201
    form = {"username": name, "password": PASSWORD}
    secret = person.post("/api/v1/auth/login", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {secret}"}
    return TestClient(app, base_url="http://127.0.0.1", headers=headers)


def test_a_layout_is_kept_and_reset(person: TestClient) -> None:
    untouched = person.get(HOST)
    assert untouched.json() == {"id": "host:nas", "widgets": [], "updated_at": None}

    saved = person.put(HOST, json={"widgets": ARRANGED})
    assert saved.status_code == 200, saved.text
    assert saved.json()["widgets"] == ARRANGED
    assert person.get(HOST).json() == saved.json()

    turned = person.put(HOST, json={"widgets": ARRANGED[::-1]})
    assert turned.json()["widgets"] == ARRANGED[::-1]
    assert turned.json()["updated_at"] >= saved.json()["updated_at"]

    assert person.delete(HOST).status_code == 204
    assert person.delete(HOST).status_code == 204
    assert person.get(HOST).json() == untouched.json()


def test_each_person_has_their_own_of_each_host(app: FastAPI, person: TestClient) -> None:
    bert = client_of(app, person, "bert")
    person.put(HOST, json={"widgets": ARRANGED})
    assert bert.get(HOST).json()["widgets"] == []
    assert person.get("/api/v1/layouts/host:pi").json()["widgets"] == []
    assert bert.put(HOST, json={"widgets": ARRANGED[:1]}).status_code == 200
    assert person.get(HOST).json()["widgets"] == ARRANGED


def test_it_goes_with_its_person(app: FastAPI, person: TestClient) -> None:
    bert = client_of(app, person, "bert")
    bert.put(HOST, json={"widgets": ARRANGED})
    assert person.delete("/api/v1/users/bert").status_code == 204
    assert client_of(app, person, "bert").get(HOST).json()["widgets"] == []


def test_a_script_has_no_page_to_arrange(app: FastAPI, person: TestClient) -> None:
    made = person.post("/api/v1/tokens", json={"name": "script", "scope": "admin"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    script = TestClient(app, base_url="http://127.0.0.1", headers=headers)
    answer = script.put(HOST, json={"widgets": ARRANGED})
    assert answer.status_code == 403
    assert answer.json()["detail"]["message"] == "This is for people who logged in."


WRONG = [
    ("host:nas", [{"id": "cpu"}, {"id": "cpu"}], "cpu stands there twice"),
    ("host:nas", [{"id": "cpu", "width": "huge"}], "'third', 'half', 'two_thirds' or 'full'"),
    ("host:nas", [{"id": "cpu", "height": 3}], "Extra inputs"),
    ("host:nas", [{"id": f"w{number}"} for number in range(201)], "at most 200"),
    ("host:nas", [{"id": "<b>"}], "pattern"),
    ("host:" + "n" * 101, [], "pattern"),
]


def test_what_makes_no_sense_is_named(person: TestClient) -> None:
    for path, widgets, told in WRONG:
        answer = person.put(f"/api/v1/layouts/{path}", json={"widgets": widgets})
        assert answer.status_code == 422
        assert told in answer.json()["detail"]["message"]


def test_a_person_has_so_many_and_no_more(
    person: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_LAYOUTS", 1)
    assert person.put(HOST, json={"widgets": ARRANGED}).status_code == 200
    assert person.put(HOST, json={"widgets": []}).status_code == 200
    refused = person.put("/api/v1/layouts/host:pi", json={"widgets": ARRANGED})
    assert refused.status_code == 409
    assert "reset one" in refused.json()["detail"]["message"]
