"""The heartbeat as it is sent: the envelope around what a cycle brought."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from homelab_agent import __version__
from homelab_agent.about import About, read_about, read_addresses
from homelab_agent.clock import iso
from homelab_agent.collectors import Collector
from homelab_agent.contract import Envelope
from homelab_agent.host import Host
from homelab_agent.runner import Cycle, known, payload

_MAX_SERVER_ID = 100


@dataclass(frozen=True)
class Stamp:
    """What tells one heartbeat from all others. `time_ms` is in UTC, since the epoch."""

    time_ms: int
    sequence: int | None = None
    clock_offset_seconds: float | None = None


class Composer:
    """Puts heartbeats of one host together."""

    def __init__(
        self,
        host: Host,
        collectors: Sequence[Collector],
        *,
        server_id: str | None,
        server_guid: str | None,
        interval_seconds: float,
    ) -> None:
        self._host = host
        self._collectors = collectors
        self.about: About = read_about(host)
        self.server_id = server_id or slug(self.about.hostname)
        self._server_guid = server_guid
        self._interval_seconds = interval_seconds
        # The payloads that were said to be empty, and have been since.
        self._empty: set[str] = set()

    def compose(self, cycle: Cycle, stamp: Stamp, *, complete: bool = True) -> dict[str, Any]:
        """The heartbeat as an object ready for JSON; what is not known is absent.

        One that is not `complete` leaves out what the server has and is the same as before.
        """
        envelope = Envelope(
            server_id=self.server_id,
            hostname=self.about.hostname,
            timestamp=iso(stamp.time_ms),
            interval_seconds=self._interval_seconds,
            boot_id=self.about.boot_id,
            sequence=stamp.sequence,
            clock_offset_seconds=stamp.clock_offset_seconds,
        )
        fields = known(envelope)
        if complete:
            fields.update(self._facts())
        if complete or not cycle.well:
            fields["collectors"] = {name: known(report) for name, report in cycle.reports.items()}
        families = payload(cycle, self._collectors, sparse=not complete)
        fields.update(self._news_of(families, complete=complete))
        return fields

    def _news_of(self, families: dict[str, Any], *, complete: bool) -> dict[str, Any]:
        """The payloads without those that are empty as they were: most hosts lack most families."""
        before, self._empty = self._empty, {name for name, rows in families.items() if not rows}
        if complete:
            return families
        known_empty = before & self._empty
        return {name: rows for name, rows in families.items() if name not in known_empty}

    def _facts(self) -> dict[str, Any]:
        return {
            **({"server_guid": self._server_guid} if self._server_guid else {}),
            "agent_version": __version__,
            "ip_addresses": read_addresses(self._host),
            "os_info": known(self.about.os_info),
            "cpu_info": known(self.about.cpu_info),
        }


def encode(heartbeat: dict[str, Any]) -> bytes:
    """A heartbeat as JSON in UTF-8, without blanks."""
    return json.dumps(heartbeat, ensure_ascii=False, separators=(",", ":")).encode()


def slug(hostname: str) -> str:
    """A hostname as a server id: `NAS.Example` becomes `nas-example`."""
    cleaned = re.sub(r"[^a-z0-9]+", "-", hostname.lower()).strip("-")
    return cleaned[:_MAX_SERVER_ID] or "localhost"
