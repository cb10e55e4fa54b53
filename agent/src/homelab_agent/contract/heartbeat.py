"""The heartbeat's envelope: what an agent says beside its families' rows."""

from __future__ import annotations

from dataclasses import dataclass, field

SERVER_ID_PATTERN = r"^[a-z0-9-]+$"
MAX_ROWS_PER_FAMILY = 1_000
MAX_HEARTBEATS_PER_BATCH = 1_000
MAX_WIRE_BYTES = 1 << 20
MAX_DECODED_BYTES = 8 << 20
MIN_INTERVAL_SECONDS = 1
MAX_INTERVAL_SECONDS = 3_600


@dataclass(frozen=True)
class OsInfo:
    """The operating system, from os-release(5) and uname(2)."""

    distribution: str | None = None
    version: str | None = None
    kernel: str | None = None
    architecture: str | None = None


@dataclass(frozen=True)
class CpuInfo:
    """The processor, from /proc/cpuinfo."""

    cpu_model: str | None = None
    cpu_cores: int | None = None


@dataclass(frozen=True)
class CollectorReport:
    """How one collector fared in this cycle."""

    ok: bool
    duration_seconds: float
    error: str | None = None


@dataclass(frozen=True)
class Envelope:
    """Who sends, when, and under which boot; the families' rows stand beside these fields."""

    server_id: str
    hostname: str
    timestamp: str  # ISO 8601 with offset, milliseconds
    server_guid: str | None = None  # UUIDv4, kept over renames and reinstalls
    agent_version: str | None = None
    interval_seconds: float | None = None
    boot_id: str | None = None
    sequence: int | None = None  # rises by one a heartbeat, for as long as the agent's state lives
    clock_offset_seconds: float | None = None  # the server's clock minus the host's
    ip_addresses: list[str] | None = None
    os_info: OsInfo | None = None
    cpu_info: CpuInfo | None = None
    collectors: dict[str, CollectorReport] = field(default_factory=dict)
