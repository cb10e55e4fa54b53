"""The server that the fleet reports to, by the API that agents and admins have."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from devtools.fleet.course import seed_of
from devtools.fleet.machine import Machine
from devtools.house import VENV, TroubleError

_COMMAND = VENV / "bin/homelab-cmd"
_TOKEN_NAME = "fleet"  # noqa: S105 - what it is called
_BATCH_BYTES = 900_000  # below what the server takes at once
_BATCH_HEARTBEATS = 1_000
_SECONDS = 60
_RETRIES = 5


class Server:
    """A connection that is kept; of one thread."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=_SECONDS
        )

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def call(self, method: str, path: str, token: str, body: bytes | None = None) -> Any:
        """The answer's JSON. Raises TroubleError for anything but success."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        trouble = ""
        for attempt in range(_RETRIES):
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                trouble = str(error)
            else:
                if answer.status < http.HTTPStatus.BAD_REQUEST:
                    return json.loads(content) if content else None
                trouble = f"{answer.status} {content[:300].decode(errors='replace')}"
                if answer.status not in {
                    http.HTTPStatus.TOO_MANY_REQUESTS,
                    http.HTTPStatus.SERVICE_UNAVAILABLE,
                }:
                    raise TroubleError(f"{method} {path}: {trouble}")
            time.sleep(2**attempt / 4)
        raise TroubleError(f"{method} {path}: {trouble}")

    def send(self, token: str, beats: Sequence[dict[str, Any]]) -> None:
        """Have heartbeats taken in. Raises TroubleError for one that is refused."""
        for batch in batches(beats):
            body = b'{"heartbeats":[' + b",".join(batch) + b"]}"
            answer = self.call("POST", "/api/v1/agents/heartbeats", token, body)
            for result in answer["results"]:
                if result["status"] != "ok" or result["rejected"]:
                    raise TroubleError(f"a heartbeat of the fleet was refused: {result}")

    def send_one(self, token: str, beat: dict[str, Any]) -> None:
        """Have one heartbeat taken in, as agents do that are up to date."""
        self.call("POST", "/api/v1/agents/heartbeat", token, msgspec.json.encode(beat))


def batches(beats: Sequence[dict[str, Any]]) -> Iterator[list[bytes]]:
    """The heartbeats as JSON, in groups that the server takes at once."""
    batch: list[bytes] = []
    size = 0
    for beat in beats:
        encoded = msgspec.json.encode(beat)
        if batch and (size + len(encoded) > _BATCH_BYTES or len(batch) == _BATCH_HEARTBEATS):
            yield batch
            batch, size = [], 0
        batch.append(encoded)
        size += len(encoded) + 1
    if batch:
        yield batch


@contextmanager
def admin_token(data_dir: Path) -> Iterator[str]:
    """An API token with all rights, revoked in the end."""
    where = ["--data-dir", str(data_dir)]
    yield _homelab_cmd("token", "create", _TOKEN_NAME, "--scope", "admin", "--days", "1", *where)
    _homelab_cmd("token", "revoke", _TOKEN_NAME, *where)


def enrol(url: str, admin: str, machines: Sequence[Machine]) -> dict[str, str]:
    """Make the servers, as an admin and their agents would; the agents' tokens by server."""
    tokens = {}
    with closing(Server(url)) as server:
        for machine in machines:
            code = server.call("POST", "/api/v1/enrolment/codes", admin, b"{}")["code"]
            newcomer = {"code": code, "hostname": machine.id, "server_guid": _guid(machine)}
            enrolled = server.call(
                "POST", "/api/v1/agents/enrol", "", json.dumps(newcomer).encode()
            )
            tokens[enrolled["server_id"]] = enrolled["token"]
            wish = {"display_name": machine.name, "tags": list(machine.tags)}
            path = f"/api/v1/servers/{enrolled['server_id']}"
            server.call("PUT", path, admin, json.dumps(wish).encode())
            if machine.paused:
                server.call("PUT", f"{path}/pause", admin)
    return tokens


def _guid(machine: Machine) -> str:
    """A UUID of version 4, always the same for the machine."""
    number = f"{seed_of(machine.id, 'guid'):08x}{seed_of(machine.id, 'guid', 2):08x}"
    return f"{number[:8]}-{number[8:12]}-4{number[12:15]}-8{number[:3]}-{number}{number[:4]}"[:36]


def _homelab_cmd(*words: str) -> str:
    done = subprocess.run(
        [_COMMAND, *words], capture_output=True, text=True, check=False, start_new_session=True
    )
    if done.returncode:
        raise TroubleError(f"`homelab-cmd {' '.join(words)}`: {done.stderr.strip()}")
    return done.stdout.strip()
