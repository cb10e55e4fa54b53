"""The table `servers`: who a host is, and what it last said."""

from __future__ import annotations

from typing import Any

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from homelab_cmd.db.base import Base


class Server(Base):
    """A host. Times are UTC milliseconds.

    The columns from `last_seen_ms` on are the snapshot: what the newest heartbeats said. Each
    family adds one JSON column of its rows, whose time stands in `as_of_ms`.
    """

    __tablename__ = "servers"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    server_id: Mapped[str] = mapped_column(String(100), unique=True)
    guid: Mapped[str | None] = mapped_column(String(36), unique=True)
    display_name: Mapped[str | None] = mapped_column(String(255))
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at_ms: Mapped[int] = mapped_column(BigInteger)
    updated_at_ms: Mapped[int] = mapped_column(BigInteger)
    paused_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    # Hidden and revoked at once; its history is purged in slices.
    deleted_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    # Of a deleted server, the key of the one that its history goes to instead.
    merge_into: Mapped[int | None] = mapped_column(Integer)

    last_seen_ms: Mapped[int | None] = mapped_column(BigInteger)
    hostname: Mapped[str | None] = mapped_column(String(255))
    agent_version: Mapped[str | None] = mapped_column(String(50))
    boot_id: Mapped[str | None] = mapped_column(String(64))
    interval_ms: Mapped[int | None] = mapped_column(Integer)
    clock_offset_seconds: Mapped[float | None] = mapped_column(Float)
    ip_addresses: Mapped[list[str] | None] = mapped_column(JSON)
    os_info: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    cpu_info: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    collectors: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    rx_bytes_per_second: Mapped[float | None] = mapped_column(Float)
    tx_bytes_per_second: Mapped[float | None] = mapped_column(Float)
    forgotten: Mapped[dict[str, list[str]] | None] = mapped_column(JSON)
    as_of_ms: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)


def snapshot_column(family: Family) -> str:
    """The column, and the field of a server's JSON, that hold the family's newest rows."""
    return family.payload if family.key is not None else f"latest_{family.payload}"


for _family in FAMILIES:
    setattr(Server, snapshot_column(_family), Column(snapshot_column(_family), JSON))
