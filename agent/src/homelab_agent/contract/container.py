"""The family `container`: one row per container of Docker and Podman."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from homelab_agent.contract.base import Severity, counter, family, gauge, key, label, state

ContainerState = Literal[
    "running", "paused", "restarting", "created", "exited", "dead", "removing", "other"
]


@dataclass(frozen=True)
class Container:
    """A container; its numbers are there while it runs."""

    name: Annotated[str, key(max_length=128)]
    image: Annotated[str, label(1, max_length=255)]
    # docker or podman
    runtime: Annotated[str, label(2, max_length=16)]
    state: Annotated[ContainerState, state(4, counts="running")]
    # That of Compose.
    project: Annotated[str | None, label(3, max_length=128)] = None
    # Of the check that its image or its maker declares, where one does.
    health: Annotated[
        Literal["healthy", "unhealthy", "starting"] | None, state(5, counts="healthy")
    ] = None
    # Of all processors of the host.
    cpu_percent: Annotated[float | None, gauge(6, "percent")] = None
    # Without the files that it read and would let go first.
    memory_bytes: Annotated[int | None, gauge(7, "bytes")] = None
    memory_limit_bytes: Annotated[int | None, gauge(8, "bytes")] = None
    rx_bytes: Annotated[int | None, counter(9, "bytes")] = None
    tx_bytes: Annotated[int | None, counter(10, "bytes")] = None
    read_bytes: Annotated[int | None, counter(11, "bytes")] = None
    written_bytes: Annotated[int | None, counter(12, "bytes")] = None


def severity(row: Container) -> Severity | None:
    """One that says itself that it is not well, or that does not stay up."""
    return "warning" if row.health == "unhealthy" or row.state == "restarting" else None


CONTAINER = family(
    Container,
    name="container",
    payload="containers",
    table="container_metrics",
    index="idx_container",
    # `docker compose run` and the like: a name for each time.
    ephemeral=r"^.+-run-[0-9a-f]{12}$",
    severity=severity,
)
