"""Heartbeats that something on the way, or somebody, has changed: never a 500, never half stored.

200 mutations in the suite; HOMELAB_TEST_CASES=10000 is the full form of 50,000.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.clock import iso, now_ms
from sqlalchemy import text

from benchmarks.ingest import heartbeat

MUTATIONS = 5 * int(os.environ.get("HOMELAB_TEST_CASES", "40"))
SEED = int(os.environ.get("HOMELAB_TEST_SEED", "11"))
URL = "/api/v1/agents/heartbeat"
DOCUMENTED = {200, 400, 401, 403, 409, 413, 422, 429}
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 2**53, 2**63, 2**64, 10**400, 1e308, -0.0, 5e-324, 0.1),
    *("", "0", "\x00", "\ud800", "𝄞" * 300, "../../etc/passwd", "=cmd|'/c calc'!A1", "<script>"),
    *([], {}, [[]], [None], [{}], {"": {}}),
)
ODD_JSON = (b"NaN", b"Infinity", b"1e999", b"-", b"[" * 5_000, b'{"a":' * 5_000, b"\xff\xfe", b"")


def good_heartbeat(start_ms: int, number: int) -> dict[str, Any]:
    return heartbeat("nas", 0, number) | {"timestamp": iso(start_ms + number * 50)}


def any_place(rng: random.Random, document: Any) -> tuple[Any, Any]:
    """A container somewhere in the document, and a key or an index in it."""
    while True:
        place = rng.choice(list(document) if isinstance(document, dict) else range(len(document)))
        inner = document[place]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.2:
            return document, place
        document = inner


def change_a_value(rng: random.Random, sent: dict[str, Any]) -> bytes:
    container, place = any_place(rng, sent)
    container[place] = rng.choice(ODD_VALUES)
    return json.dumps(sent).encode("ascii")


def drop_or_rename(rng: random.Random, sent: dict[str, Any]) -> bytes:
    container, place = any_place(rng, sent)
    value = container.pop(place)
    if isinstance(container, dict) and rng.random() < 0.5:
        container[rng.choice(["", "unknown", f"{place} ", "__proto__", "é" * 500])] = value
    return json.dumps(sent).encode()


def repeat_a_part(rng: random.Random, sent: dict[str, Any]) -> bytes:
    family = rng.choice(["filesystems", "network_interfaces"])
    sent[family] = sent[family] * rng.choice([2, 3, 200])
    return json.dumps(sent).encode()


def spoil_bytes(rng: random.Random, sent: dict[str, Any]) -> bytes:
    body = bytearray(json.dumps(sent).encode())
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(body))
        body[start : start + rng.randint(0, 6)] = rng.randbytes(rng.randint(0, 4))
    return bytes(body)


def cut(rng: random.Random, sent: dict[str, Any]) -> bytes:
    body = json.dumps(sent).encode()
    return body[: rng.randrange(len(body))]


def splice_odd_json(rng: random.Random, sent: dict[str, Any]) -> bytes:
    container, place = any_place(rng, sent)
    container[place] = "@"
    return json.dumps(sent).encode().replace(b'"@"', rng.choice(ODD_JSON), 1)


MUTATORS: tuple[Callable[[random.Random, dict[str, Any]], bytes], ...] = (
    *(change_a_value, change_a_value, drop_or_rename, repeat_a_part, spoil_bytes, cut),
    splice_odd_json,
)


def packed(rng: random.Random, body: bytes) -> tuple[bytes, dict[str, str]]:
    """The body as it goes out: as it is, packed, or packed and spoilt."""
    kind = rng.random()
    if kind < 0.7:
        return body, {}
    wire = bytearray(gzip.compress(body, 1))
    if kind > 0.9:
        wire[rng.randrange(len(wire))] ^= 1 << rng.randrange(8)
    return bytes(wire), {"Content-Encoding": "gzip"}


@pytest.mark.hypothesis
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mutated_heartbeat_is_stored_whole_or_not_at_all(agent: TestClient) -> None:
    agent.app.state.scheduler.stop()  # type: ignore[attr-defined]  # sealing would empty the log that is counted here
    rng = random.Random(SEED)  # noqa: S311 - cases, no secrets
    start_ms = now_ms() - 10_000_000
    count = text("SELECT count(*) FROM heartbeats")
    held, answers = 0, dict.fromkeys(DOCUMENTED, 0)
    for number in range(MUTATIONS):
        sent = good_heartbeat(start_ms, number)
        body, headers = packed(rng, rng.choice(MUTATORS)(rng, sent))
        answer = agent.post(URL, content=body, headers=headers)
        assert answer.status_code in DOCUMENTED, (body, answer.text)
        answers[answer.status_code] += 1
        with agent.app.state.database.connect() as connection:  # type: ignore[attr-defined]  # a Starlette application
            now_held = connection.execute(count).scalar_one()
        added = now_held - held
        assert added == 0 if answer.status_code != 200 else added in (0, 1), (body, answer.text)
        held = now_held
    assert held > MUTATIONS // 4  # most of what is odd costs its own row alone
    assert answers[422] > MUTATIONS // 10


@pytest.mark.hypothesis
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_in_one_family_costs_no_other(agent: TestClient, person: TestClient) -> None:
    rng = random.Random(SEED + 1)  # noqa: S311 - cases, no secrets
    start_ms = now_ms() - 10_000_000
    for number in range(MUTATIONS // 5):
        sent = good_heartbeat(start_ms, number)
        wrong, other = rng.sample(["filesystems", "network_interfaces"], 2)
        container, place = any_place(rng, sent[wrong])
        container[place] = rng.choice(ODD_VALUES)
        answer = agent.post(URL, content=json.dumps(sent).encode("ascii"))
        assert answer.status_code == 200, answer.text
        assert all(one["path"].startswith(wrong) for one in answer.json()["rejected"])
        shown = person.get("/api/v1/servers/nas").json()
        assert len(shown[other]) == len(sent[other])
        assert shown["latest_metrics"]["process_count"] == 213
        refused = {one["path"].partition(".")[0] for one in answer.json()["rejected"]}
        assert len(shown[wrong]) == len(sent[wrong]) - len(refused), answer.text
