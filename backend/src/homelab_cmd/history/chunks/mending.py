"""What can be done about damaged chunks: they are set aside, roll-ups are made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history import rollup
from homelab_cmd.history.chunks import store
from homelab_cmd.history.chunks.checking import Checker, Damage
from homelab_cmd.history.chunks.library import name_of
from homelab_cmd.history.chunks.logbook import Logbook, LogRow
from homelab_cmd.history.chunks.samples import FAMILY_OF
from homelab_cmd.history.chunks.sealed import windows_payload
from homelab_cmd.history.chunks.store import NewChunk
from homelab_cmd.history.chunks.tables import SPANS_MS
from homelab_cmd.history.interface import Examination, Frame, Selection, Transactions
from homelab_cmd.history.log import heartbeats
from homelab_cmd.history.tiers import MINUTE, RAW, ROLLUP_TIERS

_LOGGED_TOGETHER = 2_000

Read = Callable[[Connection, Selection], Sequence[Frame]]


def examine(database: Transactions, read: Read, *, mend: bool) -> Examination:
    """Every chunk and every heartbeat of the log; `read` is the engine's range."""
    found = Examination()
    with database.connect() as connection:
        found.set_aside = [name_of(row) for row in store.set_aside(connection)]
    checker, mender = Checker(database), Mender(database, read)
    for damage in checker.damages():
        found.problems.append(f"{name_of(damage.row)}: {damage.problem}")
        if mend:
            found.mended.append(mender.mend(damage))
    found.checked = checker.checked
    found.problems += _damaged_log(database)
    return found


def _damaged_log(database: Transactions) -> list[str]:
    logbook, after = Logbook(), -1
    rows = select(heartbeats.c.id, heartbeats.c.sequence, heartbeats.c.payload)
    while True:
        with database.connect() as connection:
            part = rows.where(heartbeats.c.id > after).order_by(heartbeats.c.id)
            found = [LogRow(*row) for row in connection.execute(part.limit(_LOGGED_TOGETHER))]
            logbook.read(connection, found)
        if len(found) < _LOGGED_TOGETHER:
            return list(logbook.damaged.values())
        after = found[-1].id


@dataclass
class Mender:
    """Mends one damage at a time, in a transaction each. `read` is the engine's range."""

    database: Transactions
    read: Read

    def mend(self, damage: Damage) -> str:
        """Set a chunk aside and put in its place what can be; what was done, as a sentence."""
        row, tier = damage.row, damage.tier
        with self.database.connect(write=True) as connection:
            lock_servers(connection, [row.server_key])
            for each in (row, *damage.loses):
                store.put_aside(connection, each.id)
            if tier is RAW:
                others = (
                    f" with the {len(damage.loses)} chunks that need it" if damage.loses else ""
                )
                return f"{name_of(row)} is set aside{others}; the roll-ups of that day stay"
            # Days whose samples are there are computed from those until maintenance has come round.
            end_ms = row.start_ms + SPANS_MS[tier.name]
            store.let_roll_up_again(connection, row.server_key, row.start_ms, end_ms)
            found = self._from_finer(connection, damage)
            if found is None:
                return f"{name_of(row)} is set aside; what there are samples of is made again"
            store.write_chunks(connection, row.server_key, [_chunk(damage, found)])
        return f"{name_of(row)} is set aside and made again from what is finer"

    def _from_finer(self, connection: Connection, damage: Damage) -> Frame | None:
        """The windows of a chunk, combined from the next finer tier."""
        row, tier = damage.row, damage.tier
        family = FAMILY_OF.get(row.family)
        if tier is MINUTE or family is None:
            return None
        names = [column.name for column in rollup.columns(family)]
        finer = ROLLUP_TIERS[ROLLUP_TIERS.index(tier) - 1]
        end_ms = row.start_ms + SPANS_MS[tier.name]
        which = Selection([row.server_key], family, [row.key], names, row.start_ms, end_ms, finer)
        for frame in self.read(connection, which):
            return rollup.combine(frame, tier.step_ms)
        return None


def _chunk(damage: Damage, frame: Frame) -> NewChunk:
    row, tier = damage.row, damage.tier
    return NewChunk(
        row.family,
        row.key,
        tier,
        row.start_ms,
        int(frame.time_ms[0]),
        int(frame.time_ms[-1]),
        len(frame.time_ms),
        windows_payload(FAMILY_OF[row.family], frame),
    )
