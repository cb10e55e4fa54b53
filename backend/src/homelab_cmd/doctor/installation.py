"""What the database tells of the hosts: who is silent, whose clock is off, whose agent is old."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from homelab_cmd import __version__
from homelab_cmd.backup.schedule import plan_of
from homelab_cmd.clock import DAY_MS, MINUTE_MS
from homelab_cmd.doctor.findings import Finding
from homelab_cmd.servers.models import Server
from homelab_cmd.settings import Settings

LARGEST_OFFSET_SECONDS = 5.0
# Snapshots reach a SQLite database about once a minute.
LEAST_SILENCE_MS = 3 * MINUTE_MS
SILENT_INTERVALS = 10
DEFAULT_INTERVAL_MS = 10_000


@dataclass(frozen=True)
class _Host:
    """What a server last said of itself."""

    name: str
    last_seen_ms: int | None
    interval_ms: int
    agent_version: str | None
    offset_seconds: float


def examine_hosts(session: Session, now_ms: int) -> Iterator[Finding]:
    """Hosts that are not paused: heard of lately, on time, with an agent of this version."""
    hosts = _hosts(session)
    silent = [
        host.name
        for host in hosts
        if host.last_seen_ms is None
        or now_ms - host.last_seen_ms > max(SILENT_INTERVALS * host.interval_ms, LEAST_SILENCE_MS)
    ]
    yield _about(
        "agents",
        silent,
        f"All {len(hosts)} hosts report.",
        "Silent: {names}.",
        "On the host: homelab-agent status, and systemctl status homelab-agent. A host that is off "
        "for long can be paused on its page.",
    )
    off = [host.name for host in hosts if abs(host.offset_seconds) > LARGEST_OFFSET_SECONDS]
    yield _about(
        "clocks of hosts",
        off,
        "They agree with this machine's.",
        f"More than {LARGEST_OFFSET_SECONDS:.0f} s away from this machine's: {{names}}.",
        "Turn on time synchronisation there; where all hosts are named, here.",
    )
    other = [
        f"{host.name} ({host.agent_version})"
        for host in hosts
        if host.agent_version not in (None, __version__)
    ]
    yield _about(
        "versions of agents",
        other,
        f"All are {__version__}.",
        f"Other than the server's {__version__}: {{names}}.",
        "They work together as docs/agent.md promises; update them by the line that adds a host.",
    )


def _hosts(session: Session) -> Sequence[_Host]:
    found = session.execute(
        select(
            Server.server_id,
            Server.last_seen_ms,
            Server.interval_ms,
            Server.agent_version,
            Server.clock_offset_seconds,
        )
        .where(Server.deleted_at_ms.is_(None), Server.paused_at_ms.is_(None))
        .order_by(Server.server_id)
    )
    return [
        _Host(name, seen, interval or DEFAULT_INTERVAL_MS, version, offset or 0.0)
        for name, seen, interval, version, offset in found
    ]


def _about(subject: str, names: Sequence[str], well: str, ill: str, mend: str) -> Finding:
    if not names:
        return Finding(subject, "ok", well)
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return Finding(subject, "warning", ill.format(names=shown), mend)


def examine_backups(settings: Settings, now_ms: int) -> Finding:
    """Whether there is a backup of late. PostgreSQL's are its own affair."""
    if not settings.is_sqlite:
        return Finding("backups", "ok", "PostgreSQL is backed up by its own tools.")
    plan = plan_of(settings)
    if plan is None:
        return Finding(
            "backups",
            "warning",
            "None are scheduled.",
            "Set HOMELAB_CMD_BACKUP_DIR to a folder on another disk, or run homelab-cmd backup by "
            "a timer.",
        )
    newest_ms = plan.newest_ms()
    if newest_ms is None or now_ms - newest_ms > 2 * plan.every_ms:
        age = "there is none" if newest_ms is None else f"{(now_ms - newest_ms) / DAY_MS:.1f} days"
        return Finding(
            "backups",
            "error",
            f"The newest backup in {plan.folder} is too old: {age}.",
            "The page's settings, under Storage, say why the last attempt failed.",
        )
    return Finding("backups", "ok", f"The newest in {plan.folder} is of late.")


def examine_proxy(settings: Settings) -> Finding:
    """Whether the server would believe a proxy what it says of callers."""
    behind_another = settings.public_url and settings.host not in ("127.0.0.1", "localhost", "::1")
    if behind_another and not os.environ.get("FORWARDED_ALLOW_IPS"):
        return Finding(
            "proxy",
            "warning",
            "Callers through a proxy on another machine all seem to come from that machine.",
            "Set FORWARDED_ALLOW_IPS to the proxy's address; limits on logins count by caller.",
        )
    return Finding("proxy", "ok", "X-Forwarded-For is believed from where it should be.")
