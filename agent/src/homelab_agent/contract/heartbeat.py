"""The heartbeat's envelope: what an agent says beside its families' rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

MAX_ROWS_PER_FAMILY = 1_000
MAX_HEARTBEATS_PER_BATCH = 1_000
MAX_WIRE_BYTES = 1 << 20
MAX_DECODED_BYTES = 8 << 20
MIN_INTERVAL_SECONDS = 1
MAX_INTERVAL_SECONDS = 3_600

_UUID4 = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"


@dataclass(frozen=True)
class Bounds:
    """What a server accepts in a field of the envelope; lengths in characters or items."""

    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    aware_time: bool = False  # an ISO 8601 time with its offset


ShortText = Annotated[str | None, Bounds(max_length=255)]


@dataclass(frozen=True)
class OsInfo:
    """The operating system, from os-release(5) and uname(2)."""

    distribution: ShortText = None
    version: ShortText = None
    kernel: ShortText = None
    architecture: ShortText = None


@dataclass(frozen=True)
class CpuInfo:
    """The processor, from /proc/cpuinfo."""

    cpu_model: ShortText = None
    cpu_cores: Annotated[int | None, Bounds(minimum=0, maximum=65_536)] = None


@dataclass(frozen=True)
class CollectorReport:
    """How one collector fared in this cycle."""

    ok: bool
    duration_seconds: Annotated[float, Bounds(minimum=0)]
    error: Annotated[str | None, Bounds(max_length=1_000)] = None


@dataclass(frozen=True)
class Envelope:
    """Who sends, when, and under which boot; the families' rows stand beside these fields."""

    server_id: Annotated[str, Bounds(min_length=1, max_length=100, pattern=r"^[a-z0-9-]+$")]
    hostname: Annotated[str, Bounds(min_length=1, max_length=255)]
    timestamp: Annotated[str, Bounds(aware_time=True)]
    # Kept over renames and reinstalls of the agent.
    server_guid: Annotated[str | None, Bounds(pattern=_UUID4)] = None
    agent_version: Annotated[str | None, Bounds(max_length=50)] = None
    interval_seconds: Annotated[
        float | None, Bounds(minimum=MIN_INTERVAL_SECONDS, maximum=MAX_INTERVAL_SECONDS)
    ] = None
    boot_id: Annotated[str | None, Bounds(max_length=64)] = None
    # Rises by one a heartbeat, for as long as the agent's state lives.
    sequence: Annotated[int | None, Bounds(minimum=0, maximum=2**63 - 1)] = None
    # The server's clock minus the host's.
    clock_offset_seconds: float | None = None
    ip_addresses: Annotated[list[str] | None, Bounds(max_length=100)] = None
    os_info: OsInfo | None = None
    cpu_info: CpuInfo | None = None
    # Left out while all of them are well, as they were the last time.
    collectors: dict[str, CollectorReport] | None = None
