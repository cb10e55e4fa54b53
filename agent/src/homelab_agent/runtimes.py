"""Docker and Podman: which containers there are, by the socket of the runtime.

Podman answers Docker's requests too. Without a version in the path the daemon takes its own.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from homelab_agent.contract import Container
from homelab_agent.host import Host, printable
from homelab_agent.http1 import Connection, ProtocolError

_SOCKETS = (("docker", "/run/docker.sock"), ("podman", "/run/podman/podman.sock"))
_USERS_SOCKETS = (("docker", "docker.sock"), ("podman", "podman/podman.sock"))
_TIMEOUT_SECONDS = 10.0
_STATES = frozenset(("running", "paused", "restarting", "created", "exited", "dead", "removing"))
_HEALTHS = frozenset(("healthy", "unhealthy", "starting"))
# Up 2 hours (healthy), Up 3 seconds (health: starting)
_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")
# What Compose calls a container that is about to be replaced, and the end of a Swarm task's name.
_REPLACED = re.compile(r"^[0-9a-f]{12}_")
_TASK = re.compile(r"^(.+\.[0-9]+)\.[0-9a-z]{25}$")
_MAX_CONTAINERS = 1_000


@dataclass(frozen=True)
class Listed:
    """A container as its runtime lists it; `has_network` where its interfaces are its own."""

    id: str
    row: Container
    has_network: bool


def sockets(host: Host, named: tuple[str, ...] = ()) -> dict[str, str]:
    """The sockets that may be used, and which runtime answers there; those `named`, if any are."""
    found: dict[str, str] = {}
    users = host.root_path("/run/user")
    paths = [("docker", path) for path in named] or [
        *((runtime, host.root_path(path)) for runtime, path in _SOCKETS),
        *(
            (runtime, f"{users}/{user}/{path}")
            for user in host.entries(users)
            for runtime, path in _USERS_SOCKETS
        ),
    ]
    for runtime, path in paths:
        # Debian's podman-docker makes docker.sock a link to Podman's.
        real = os.path.realpath(path)
        if os.access(real, os.R_OK | os.W_OK):
            found[real] = "podman" if "podman" in real else runtime
    return found


def ask(path: str, runtime: str) -> list[Listed]:
    """List the containers. Raises OSError where nobody answers, or not as a runtime does."""
    connection = Connection.to_path(path, _TIMEOUT_SECONDS)
    try:
        answer = connection.get("/containers/json?all=1", {"Host": "localhost"})
    except ProtocolError as error:
        raise OSError(str(error)) from None
    finally:
        connection.close()
    if answer.status != 200:
        raise OSError(f"{path} answers {answer.status}")
    return parse_containers(answer.body, runtime)


def parse_containers(body: bytes, runtime: str) -> list[Listed]:
    """The containers of an answer, each name once: the one that runs, else the first."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found: dict[str, Listed] = {}
    for entry in document[:_MAX_CONTAINERS] if isinstance(document, list) else []:
        listed = _listed(entry, runtime) if isinstance(entry, dict) else None
        if listed is None:
            continue
        other = found.get(listed.row.name)
        if other is None or (listed.row.state == "running" != other.row.state):
            found[listed.row.name] = listed
    return list(found.values())


def _listed(entry: dict[str, Any], runtime: str) -> Listed | None:
    names = entry.get("Names")
    identity = _text(entry.get("Id"), 64)
    if not identity or not isinstance(names, list) or not names:
        return None
    labels = entry.get("Labels")
    project = labels.get("com.docker.compose.project") if isinstance(labels, dict) else None
    settings = entry.get("HostConfig")
    mode = settings.get("NetworkMode") if isinstance(settings, dict) else None
    state = _text(entry.get("State"), 20).lower()
    row = Container(
        name=stable_name(_text(names[0], 255)),
        image=_text(entry.get("Image"), 255),
        runtime=runtime,
        state=state if state in _STATES else "other",  # type: ignore[arg-type]  # checked
        project=_text(project, 128) or None,
        health=_health(entry),
    )
    # That of the host, or of another container, is not its own.
    shared = isinstance(mode, str) and (mode == "host" or mode.startswith("container:"))
    return Listed(identity, row, not shared)


def stable_name(name: str) -> str:
    """A container's name without what differs from one start to the next."""
    bare = _REPLACED.sub("", name.lstrip("/"))
    task = _TASK.match(bare)
    return printable((task[1] if task else bare).encode(), 128)


def _health(entry: dict[str, Any]) -> Any:
    """Docker says it in an object since API 1.52, and in words before."""
    health = entry.get("Health")
    if isinstance(health, dict) and health.get("Status") in _HEALTHS:
        return health["Status"]
    match = _HEALTH.search(_text(entry.get("Status"), 255))
    return match[1] if match else None


def _text(value: Any, limit: int) -> str:
    return printable(value.encode("utf-8", "replace"), limit) if isinstance(value, str) else ""
