from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from homelab_cmd.auth.keyring import ROTATE_AFTER_MS, Claims, Keyring
from homelab_cmd.auth.models import SigningKey
from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

CLAIMS = Claims(user_id=7, jti="a" * 32)


@pytest.fixture
def keyring(database: Database) -> Keyring:
    return Keyring(database, session_ms=14 * DAY_MS)


def sign(keyring: Keyring, database: Database, *, issued_at_ms: int | None = None) -> str:
    with database.write() as session:
        return keyring.sign(session, CLAIMS, issued_at_ms=issued_at_ms or now_ms())


def only_key(database: Database) -> SigningKey:
    with database.read() as session:
        return session.scalars(select(SigningKey)).one()


def test_what_was_signed_is_known_by_every_process(keyring: Keyring, database: Database) -> None:
    token = sign(keyring, database)
    assert keyring.verify(token) == CLAIMS
    assert Keyring(database, session_ms=DAY_MS).verify(token) == CLAIMS


def test_an_expired_token_is_refused(keyring: Keyring, database: Database) -> None:
    token = sign(keyring, database, issued_at_ms=now_ms() - 15 * DAY_MS)
    assert keyring.verify(token) is None


def test_an_old_key_still_verifies_and_signs_no_more(keyring: Keyring, database: Database) -> None:
    old_token = sign(keyring, database)
    with database.write() as session:
        old = session.scalars(select(SigningKey)).one()
        old.created_at_ms -= ROTATE_AFTER_MS
    new_token = sign(keyring, database)
    kids = [jwt.get_unverified_header(token)["kid"] for token in (old_token, new_token)]
    assert kids[0] != kids[1]
    assert keyring.verify(old_token) == keyring.verify(new_token) == CLAIMS

    with database.write() as session:  # later still, no session of the first key can be alive
        for key in session.scalars(select(SigningKey)):
            key.created_at_ms -= ROTATE_AFTER_MS
    sign(keyring, database)
    with database.read() as session:
        assert old.kid not in session.scalars(select(SigningKey.kid)).all()


def forged_payloads() -> list[dict[str, Any]]:
    now = int(time.time())
    good = {
        "iss": "homelab-cmd",
        "aud": "homelab-cmd-people",
        "sub": "7",
        "jti": "a" * 32,
        "iat": now,
        "exp": now + 3_600,
    }
    wrong = [
        good | {"iss": "someone-else"},
        good | {"aud": "another-audience"},
        good | {"aud": None},
        good | {"exp": now - 1},
        good | {"exp": "soon"},
        good | {"nbf": now + 3_600},
        good | {"iat": now + 3_600},
        good | {"sub": "seven"},
        good | {"sub": 7},
        good | {"jti": 5},
    ]
    return wrong + [{k: v for k, v in good.items() if k != name} for name in good]


def test_rightly_signed_but_wrong_claims_are_refused(keyring: Keyring, database: Database) -> None:
    sign(keyring, database)
    key = only_key(database)
    for payload in forged_payloads():
        token = jwt.encode(payload, key.secret, "HS256", headers={"kid": key.kid})
        assert keyring.verify(token) is None, payload


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_other_algorithms_keys_and_headers_are_refused(
    keyring: Keyring, database: Database
) -> None:
    token = sign(keyring, database)
    key = only_key(database)
    head, body, signature = token.split(".")
    payload = jwt.decode(token, options={"verify_signature": False})
    forged = [
        f"{part({'alg': alg, 'kid': kid})}.{body}.{tail}"
        for alg in ("none", "None", "NONE", "HS384", "RS256", "ES256", "", None, 5)
        for kid in (key.kid, "unknown", "", None, 5, ["x"], {"a": 1}, "../../dev/null")
        for tail in ("", signature)
    ]
    forged += [
        jwt.encode(payload, key.secret * 2, "HS512", headers={"kid": key.kid}),
        jwt.encode(payload, key.secret, "HS256"),  # no kid
        jwt.encode(payload, "another secret of sufficient length!", "HS256", {"kid": key.kid}),
        jwt.encode(payload | {"sub": "1"}, b"\0" * 32, "HS256", headers={"kid": key.kid}),
        f"{head}.{part(payload | {'sub': '1'})}.{signature}",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.{signature}",
        f"{head}.{body}.{signature[:-2]}",
        "..",
        "",
        "é.ü.ß",
        token * 20,
    ]
    for candidate in forged:
        assert keyring.verify(candidate) is None, candidate


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_two_hundred_changed_tokens_are_refused(
    data: st.DataObject, keyring: Keyring, database: Database
) -> None:
    token = sign(keyring, database)
    position = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters())
    changed = token[:position] + character + token[position + 1 :]
    if decoded(changed) != decoded(token):  # the last character has bits that mean nothing
        assert keyring.verify(changed) is None


def decoded(token: str) -> object:
    try:
        return [base64.urlsafe_b64decode(piece + "==") for piece in token.split(".")]
    except ValueError:
        return None
