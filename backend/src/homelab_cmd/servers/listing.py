"""The host list: one request for a table of a hundred hosts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy.orm import Session

from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.hiding.shown import ShownSnapshots
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.metrics.service import sparklines
from homelab_cmd.servers import repository, service

SPARKLINE_POINTS = 144


def list_servers(
    session: Session,
    shown: ShownSnapshots,
    history: HistoryEngine,
    *,
    limit: int,
    offset: int,
    families: Collection[Family] = FAMILIES,
) -> dict[str, Any]:
    """`{servers, total}`; each server with its worst filesystem and 24 h of CPU use.

    Only of `families` are there rows.
    """
    at_ms = now_ms()
    page, total = repository.list_servers(session, limit=limit, offset=offset)
    cpu = sparklines(
        session.connection(),
        history,
        [server.id for server in page],
        "cpu_percent",
        at_ms - DAY_MS,
        at_ms,
        SPARKLINE_POINTS,
    )
    described = []
    newest = shown.get_many(session.connection(), [server.id for server in page])
    for server, snapshot in zip(page, newest, strict=True):
        summary = service.describe(server, snapshot, at_ms, families=families)
        summary["worst_filesystem"] = service.worst_filesystem(snapshot)
        summary["cpu_sparkline"] = cpu.get(server.id) or [None] * SPARKLINE_POINTS
        described.append(summary)
    return {"servers": described, "total": total}
