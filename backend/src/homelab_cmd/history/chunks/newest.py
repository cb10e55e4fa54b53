"""The last report of each family: what a server's snapshot is rebuilt from at start."""

from __future__ import annotations

from typing import Any

from homelab_agent.contract import FAMILIES, Family
from sqlalchemy import Connection, bindparam, select

from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.layout import raw_plan
from homelab_cmd.history.chunks.library import Library
from homelab_cmd.history.chunks.logbook import Logbook, LogRow
from homelab_cmd.history.chunks.payload import DamagedChunk
from homelab_cmd.history.chunks.samples import FAMILY_OF
from homelab_cmd.history.chunks.store import Which
from homelab_cmd.history.chunks.tables import OWN_FAMILY, TIMES_KEY
from homelab_cmd.history.log import SERVER_BITS, heartbeats
from homelab_cmd.history.tiers import RAW

Latest = dict[str, tuple[int, list[Any]]]

_EVER_MS = 1 << 60
# How far back in the log to look: families that report seldom are then found sealed.
_HEARTBEATS = 100
_NEWEST_FIRST = (
    select(heartbeats.c.id, heartbeats.c.sequence, heartbeats.c.payload)
    .where(heartbeats.c.id.op("&")(bindparam("mask")) == bindparam("server"))
    .order_by(heartbeats.c.id.desc())
    .limit(_HEARTBEATS)
)

_NEWEST_ID = _NEWEST_FIRST.with_only_columns(heartbeats.c.id).limit(1)


def newest_ms(connection: Connection, server_key: int) -> int:
    """The time of the newest heartbeat that is held of a server; -1 where there is none."""
    names = {"mask": (1 << SERVER_BITS) - 1, "server": server_key}
    logged = connection.scalar(_NEWEST_ID, names)
    own = Which([server_key], [OWN_FAMILY], RAW, 0, _EVER_MS, [TIMES_KEY])
    sealed = [row.last_ms for row in store.find_chunks(connection, own)]
    return max(-1 if logged is None else logged >> SERVER_BITS, *sealed, -1)


def latest(connection: Connection, library: Library, logbook: Logbook, server_key: int) -> Latest:
    """By family the time and the rows of its last report, sealed or not."""
    found = _logged(connection, logbook, server_key)
    for family in FAMILIES:
        sealed = _sealed(connection, library, server_key, family)
        if sealed is not None and sealed[0] > found.get(family.name, (-1, []))[0]:
            found[family.name] = sealed
    return found


def _logged(connection: Connection, logbook: Logbook, server_key: int) -> Latest:
    found: Latest = {}
    values = {"mask": (1 << SERVER_BITS) - 1, "server": server_key}
    for row in connection.execute(_NEWEST_FIRST, values):
        for heartbeat in logbook.read(connection, [LogRow(*row)]):
            for name, numbers, rows in heartbeat.record.families:
                family = FAMILY_OF.get(name)
                if family is not None and name not in found:
                    made = [
                        _row(family, dict(zip(numbers, row[1:], strict=True)), row[0])
                        for row in rows
                    ]
                    found[name] = heartbeat.time_ms, made
        if len(found) == len(FAMILIES):
            break
    return found


def _sealed(
    connection: Connection, library: Library, server_key: int, family: Family
) -> tuple[int, list[Any]] | None:
    rows = store.newest_before(connection, server_key, family.name, _EVER_MS)
    if not rows:
        return None
    newest_ms = max(row.last_ms for row in rows)
    last = [row for row in rows if row.last_ms == newest_ms]
    opened = library.open(connection, last)
    made = []
    for row in sorted(last, key=lambda row: row.key):
        if row.id in opened:
            try:
                columns = {
                    plan.identifier // 16: opened[row.id].column(family, plan)
                    for plan in raw_plan(family)
                }
            except DamagedChunk as error:
                library.report(row, error)
            else:
                values = {
                    number: column.values[-1:].tolist()[0] if column.mask()[-1] else None
                    for number, column in columns.items()
                }
                made.append(_row(family, values, row.key))
    return newest_ms, made


def _row(family: Family, values: dict[int, Any], key: str) -> Any:
    """A row of the contract from values by field number."""
    named = {field.name: values.get(field.spec.number) for field in family.values}
    if family.key is not None:
        named[family.key.name] = key
    return family.row(**named)
