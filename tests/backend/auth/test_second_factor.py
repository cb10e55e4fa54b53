"""The second factor over HTTP: turned on with proof, asked for, each code good once."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

PASSWORD = "correct horse battery staple"
PATH = "/api/v1/auth/second-factor"


def code_of(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()), counter_offset=steps)


def log_in(client: TestClient, code: str = "", password: str = PASSWORD) -> tuple[int, str]:
    form = {"username": "anna", "password": password, "code": code}
    answer = client.post("/api/v1/auth/login", data=form)
    return answer.status_code, answer.json().get("detail", {}).get("code", "")


@pytest.fixture
def secret(person: TestClient) -> str:
    """Anna's, turned on with the code of the step before: the present one is still good."""
    proposal = person.post(f"{PATH}/proposal").json()
    assert proposal["uri"].startswith("otpauth://totp/HomelabCmd:anna?secret=")
    assert {len(row) for row in proposal["modules"]} == {len(proposal["modules"])}
    turned_on = person.put(
        PATH,
        json={
            "secret": proposal["secret"],
            "code": code_of(proposal["secret"], steps=-1),
            "current_password": PASSWORD,
        },
    )
    assert turned_on.status_code == 200, turned_on.text
    assert len(set(turned_on.json()["recovery_codes"])) == 10
    person.headers["X-Recovery-Code"] = turned_on.json()["recovery_codes"][0]
    return str(proposal["secret"])


def test_a_login_needs_password_and_code(anonymous: TestClient, secret: str) -> None:
    assert log_in(anonymous) == (401, "CODE_NEEDED")
    assert log_in(anonymous, "000000x") == (401, "BAD_CODE")
    assert log_in(anonymous, code_of(secret), "wrong") == (401, "BAD_LOGIN")
    assert log_in(anonymous, code_of(secret)) == (200, "")


def test_a_code_is_good_once(anonymous: TestClient, secret: str) -> None:
    code = code_of(secret)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: log_in(anonymous, code)[0], range(4)))
    assert sorted(answers) == [200, 401, 401, 401]


def test_a_recovery_code_is_good_once(
    person: TestClient, anonymous: TestClient, secret: str
) -> None:
    code = person.headers["X-Recovery-Code"].upper()
    assert log_in(anonymous, code) == (200, "")
    assert log_in(anonymous, code) == (401, "BAD_CODE")
    assert person.get(PATH).json() == {"on": True, "recovery_codes_left": 9}


def test_a_known_password_gives_no_endless_guesses_at_the_code(
    anonymous: TestClient, secret: str
) -> None:
    seen = [log_in(anonymous, code)[0] for code in itertools.islice(itertools.cycle(["", "1"]), 30)]
    # Ten wrong codes are checked; the right passwords between them neither count nor forgive.
    assert seen.index(429) == 20
    assert log_in(anonymous, code_of(secret))[0] == 429


def test_turning_it_on_wants_proof(person: TestClient) -> None:
    secret = person.post(f"{PATH}/proposal").json()["secret"]
    body = {"secret": secret, "code": "12345", "current_password": PASSWORD}
    wrong_code = person.put(PATH, json=body)
    assert (wrong_code.status_code, wrong_code.json()["detail"]["code"]) == (422, "BAD_CODE")
    body |= {"code": code_of(secret), "current_password": "wrong"}
    assert person.put(PATH, json=body).json()["detail"]["code"] == "WRONG_PASSWORD"
    assert person.get(PATH).json() == {"on": False, "recovery_codes_left": 0}


def test_turning_it_off_wants_the_password(
    person: TestClient, anonymous: TestClient, secret: str
) -> None:
    assert (
        person.put(
            PATH, json={"secret": secret, "code": code_of(secret), "current_password": PASSWORD}
        ).json()["detail"]["code"]
        == "SECOND_FACTOR_ON"
    )
    assert person.post(f"{PATH}/off", json={"current_password": "no"}).status_code == 403
    assert person.post(f"{PATH}/off", json={"current_password": PASSWORD}).status_code == 204
    assert log_in(anonymous) == (200, "")


def test_an_admin_lets_in_who_lost_the_phone(
    app: FastAPI, person: TestClient, anonymous: TestClient, secret: str
) -> None:
    assert person.delete("/api/v1/users/anna/second-factor").status_code == 204
    assert person.delete("/api/v1/users/anna/second-factor").status_code == 404
    assert log_in(anonymous) == (200, "")
    actions = [entry["action"] for entry in person.get("/api/v1/audit").json()["entries"]]
    assert "second_factor.off" in actions
    assert "second_factor.on" in actions
