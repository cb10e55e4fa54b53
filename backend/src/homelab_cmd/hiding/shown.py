"""The newest rows as people see them: the one place where hide rules are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from homelab_cmd.families import family_by_name
from homelab_cmd.hiding import repository
from homelab_cmd.hiding.rules import Rules
from homelab_cmd.servers.snapshots import Snapshot, Snapshots


@dataclass(frozen=True)
class ShownSnapshots:
    """Snapshots whose hidden rows are set apart, in `Snapshot.hidden`.

    What asks for data by name (history, metrics, the exposition) takes the snapshots themselves.
    """

    snapshots: Snapshots

    def get(self, connection: Connection, server_key: int) -> Snapshot:
        """A server's snapshot; an empty one where it has not reported yet."""
        return self.get_many(connection, [server_key])[0]

    def get_many(self, connection: Connection, server_keys: Sequence[int]) -> list[Snapshot]:
        """The snapshots of these servers, in their order."""
        rules = repository.load(connection)
        found = self.snapshots.get_many(connection, server_keys)
        return [
            parted(snapshot, server_key, rules)
            for server_key, snapshot in zip(server_keys, found, strict=True)
        ]


def parted(snapshot: Snapshot, server_key: int, rules: Rules) -> Snapshot:
    """The snapshot with what the rules hide set apart; itself where they hide nothing."""
    rows: dict[str, list[Any]] = dict(snapshot.rows)
    hidden: dict[str, list[Any]] = {}
    for name, listed in snapshot.rows.items():
        key = family_by_name(name).key
        if key is None or not rules.touches(name):
            continue
        rows[name] = []
        for row in listed:
            unseen = rules.hides(server_key, name, getattr(row, key.name))
            (hidden.setdefault(name, []) if unseen else rows[name]).append(row)
    return snapshot.seen_as(rows, hidden) if hidden else snapshot
