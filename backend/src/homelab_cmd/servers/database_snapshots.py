"""Snapshots in their rows alone, for PostgreSQL: what one process took in, all others show.

They are written with the heartbeats, in their transaction. Its lock on the servers' rows is what
lets the newest win, family by family, whichever process is the last to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.orm import Session

from homelab_cmd.servers.models import Server
from homelab_cmd.servers.snapshots import Report, Snapshot, from_row, to_row

_table = Server.__table__
_ROWS = (
    select(_table).where(_table.c.id.in_(bindparam("keys", expanding=True))).order_by(_table.c.id)
)
_LOCKED = _ROWS.with_for_update(key_share=True)
_UPDATE = (
    update(Server)
    .where(_table.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in to_row(Snapshot())})
)


class DatabaseSnapshots:
    """`Snapshots` that this process keeps nothing of."""

    def __init__(self) -> None:
        self._began: dict[int, int] = {}

    def add_in(self, connection: Connection, reports: Sequence[Report]) -> None:
        by_server: dict[int, list[Report]] = {}
        for report in reports:
            by_server.setdefault(report.server_key, []).append(report)
        if not by_server:
            return
        changed = []
        for row in connection.execute(_LOCKED, {"keys": list(by_server)}).mappings():
            snapshot, told = from_row(row), by_server[row["id"]]
            if snapshot.last_seen_ms is None:
                self._began[row["id"]] = told[0].time_ms
            for report in told:
                snapshot.absorb(report)
            changed.append({"row_id": row["id"], **to_row(snapshot)})
        connection.execute(_UPDATE, changed)

    def absorb(self, reports: Iterable[Report]) -> None:
        """Nothing: they were written with the batch."""

    def write(self, connection: Connection, *, everything: bool) -> None:
        """Nothing: the table is always up to date."""

    def began_with(self, server_key: int, time_ms: int) -> bool:
        return self._began.get(server_key) == time_ms

    def get(self, connection: Connection, server_key: int) -> Snapshot:
        return self.get_many(connection, [server_key])[0]

    def get_many(self, connection: Connection, server_keys: Sequence[int]) -> list[Snapshot]:
        rows = connection.execute(_ROWS, {"keys": list(server_keys)}).mappings()
        found = {row["id"]: from_row(row) for row in rows}
        return [found.get(server_key) or Snapshot() for server_key in server_keys]

    def forget(self, server_key: int) -> None:
        """Nothing: a deleted server's row is shown to nobody."""

    def forget_row(
        self, session: Session, server_key: int, family: str, key_name: str, key: str
    ) -> bool:
        connection = session.connection()
        row = connection.execute(_LOCKED, {"keys": [server_key]}).mappings().one_or_none()
        snapshot = Snapshot() if row is None else from_row(row)
        if not snapshot.drop_row(family, key_name, key):
            return False
        connection.execute(_UPDATE, {"row_id": server_key, **to_row(snapshot)})
        return True
