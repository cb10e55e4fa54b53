"""A heartbeat's way from bytes to its answer: checked, bound to its server, written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from homelab_cmd.auth.principals import AgentIdentity
from homelab_cmd.clock import DAY_MS, MAX_AHEAD_MS, iso, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import ApiError, Conflict, Forbidden, Unprocessable
from homelab_cmd.history.interface import Heartbeat, Outcome
from homelab_cmd.ingest.decode import Decoded, decode_batch, decode_heartbeat
from homelab_cmd.ingest.writer import Arrival, IngestWriter
from homelab_cmd.servers import service as servers


@dataclass(frozen=True)
class LateLimit:
    """How late data may be: a day younger than what is pruned, or may be at the next midnight.

    raw_days: gives for how long samples are kept
    floor_ms: gives the time before which samples are pruned already
    """

    raw_days: Callable[[], int]
    floor_ms: Callable[[], int]

    def oldest_ms(self, now: int) -> int:
        """The oldest time a heartbeat may bear."""
        return max(now - (self.raw_days() - 1) * DAY_MS, self.floor_ms() + DAY_MS)


@dataclass
class IngestService:
    """Takes heartbeats in."""

    database: Database
    writer: IngestWriter
    late: LateLimit
    identities_changed: Callable[[], None]

    async def take(self, identity: AgentIdentity, body: bytes) -> dict[str, Any]:
        """One heartbeat's answer. Raises ApiError where it is refused."""
        decoded = decode_heartbeat(body)
        await self._check(identity, decoded)
        outcome = (await self.writer.submit([_arrival(identity, decoded)]))[0]
        self.writer.stats.rows_rejected += len(decoded.rejected)
        if outcome is Outcome.TIME_TAKEN:
            raise _time_taken()
        return {
            "status": "ok",
            "server_registered": self.writer.snapshots.began_with(
                identity.server_key, decoded.time_ms
            ),
            "pending_commands": [],
            "results_acknowledged": [],
            "rejected": _rejected(decoded),
            "server_time": iso(now_ms()),
            "next_interval_seconds": _interval_seconds(decoded),
        }

    async def take_batch(self, identity: AgentIdentity, body: bytes) -> dict[str, Any]:
        """An answer per item of a batch; what is good of it is written in one transaction."""
        results: list[dict[str, Any]] = []
        accepted: list[tuple[int, Decoded]] = []
        for position, item in enumerate(await asyncio.to_thread(decode_batch, body)):
            try:
                if isinstance(item, ApiError):
                    raise item
                await self._check(identity, item)
            except ApiError as error:
                results.append(_refused(item, error))
            else:
                accepted.append((position, item))
                results.append({})
        outcomes = await self.writer.submit([_arrival(identity, item) for _, item in accepted])
        for (position, item), outcome in zip(accepted, outcomes, strict=True):
            self.writer.stats.rows_rejected += len(item.rejected)
            if outcome is Outcome.TIME_TAKEN:
                results[position] = _refused(item, _time_taken())
            else:
                results[position] = {
                    "timestamp": iso(item.time_ms),
                    "status": "ok",
                    "rejected": _rejected(item),
                }
        return {"results": results, "server_time": iso(now_ms())}

    async def _check(self, identity: AgentIdentity, decoded: Decoded) -> None:
        envelope = decoded.envelope
        if envelope.server_id != identity.server_id:
            raise Forbidden(
                f"server_id: this token writes {identity.server_id!r} and no other server.",
                code="WRONG_SERVER",
            )
        self._check_time(decoded.time_ms)
        if envelope.server_guid and envelope.server_guid != identity.guid:
            await asyncio.to_thread(self._claim_guid, identity, envelope.server_guid)

    def _check_time(self, time_ms: int) -> None:
        now = now_ms()
        if time_ms > now + MAX_AHEAD_MS:
            raise Unprocessable(
                "timestamp: more than 5 minutes ahead of the server's clock.",
                code="TIMESTAMP_IN_FUTURE",
                path=["body", "timestamp"],
                extra={"server_time": iso(now)},
            )
        oldest_ms = self.late.oldest_ms(now)
        if time_ms < oldest_ms:
            raise Unprocessable(
                f"timestamp: older than {iso(oldest_ms)}, since when late data is taken.",
                code="TIMESTAMP_TOO_OLD",
                path=["body", "timestamp"],
                extra={"server_time": iso(now)},
            )

    def _claim_guid(self, identity: AgentIdentity, guid: str) -> None:
        with self.database.write() as session:
            servers.claim_guid(session, identity.server_key, guid.lower())
        self.identities_changed()


def _arrival(identity: AgentIdentity, decoded: Decoded) -> Arrival:
    envelope = decoded.envelope
    seconds = envelope.interval_seconds
    interval_ms = None if seconds is None else round(seconds * 1_000)
    heartbeat = Heartbeat(
        identity.server_key,
        decoded.time_ms,
        envelope.sequence,
        envelope.boot_id,
        interval_ms,
        decoded.rows,
    )
    facts = {
        "hostname": envelope.hostname,
        "agent_version": envelope.agent_version,
        "boot_id": envelope.boot_id,
        "interval_ms": interval_ms,
        "clock_offset_seconds": envelope.clock_offset_seconds,
        "ip_addresses": envelope.ip_addresses,
        "os_info": msgspec.to_builtins(envelope.os_info),
        "cpu_info": msgspec.to_builtins(envelope.cpu_info),
        "collectors": msgspec.to_builtins(envelope.collectors),
    }
    return Arrival(heartbeat, facts)


def _refused(item: Decoded | ApiError, error: ApiError) -> dict[str, Any]:
    return {
        "timestamp": iso(item.time_ms) if isinstance(item, Decoded) else None,
        "status": "refused",
        "code": error.code,
        "message": error.message,
        "rejected": [],
    }


def _time_taken() -> Conflict:
    return Conflict(
        "timestamp: another heartbeat of this server has that time; move this one by 1 ms.",
        code="TIME_TAKEN",
    )


def _rejected(decoded: Decoded) -> list[dict[str, str]]:
    return [{"path": part.path, "reason": part.reason} for part in decoded.rejected]


def _interval_seconds(decoded: Decoded) -> float | None:
    interval: float | None = decoded.envelope.interval_seconds
    return interval
