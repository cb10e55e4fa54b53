"""The SQL of the chunks engine: finding chunks, reading payloads, replacing chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)

from homelab_cmd.history.chunks.tables import (
    OWN_FAMILY,
    STALE,
    TIER_CODES,
    TIMES_KEY,
    chunks,
    series,
)
from homelab_cmd.history.tiers import RAW, Tier

_PER_STATEMENT = 500
# Where a damaged chunk is put aside when its span is written anew: kept, but never read.
_DAMAGED_TIER = 100


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk without its payload."""

    id: int
    series_id: int
    server_key: int
    family: str
    key: str
    start_ms: int
    first_ms: int
    last_ms: int
    samples: int
    rolled_up: int

    @property
    def name(self) -> tuple[str, str]:
        """Its series, within the server."""
        return self.family, self.key


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to be written in the place of another, if there is one."""

    family: str
    key: str
    tier: Tier
    start_ms: int
    first_ms: int
    last_ms: int
    samples: int
    payload: bytes
    replaces: int | None = None
    rolled_up: int = STALE


_ROWS = select(
    chunks.c.id,
    chunks.c.series_id,
    series.c.server_id,
    series.c.family,
    series.c.key,
    chunks.c.start_ms,
    chunks.c.first_ms,
    chunks.c.last_ms,
    chunks.c.samples,
    chunks.c.rolled_up,
).join(series, series.c.id == chunks.c.series_id)

# Up to so many values are bound one by one. A list of any length is written into the statement at
# each execution, which takes longer than the statement itself.
_FEW = 4


def _among(column: ColumnElement[Any], name: str, number: int) -> ColumnElement[bool]:
    """That the column is one of so many values, which `_bound` gives."""
    if number > _FEW:
        return column.in_(bindparam(name, expanding=True))
    return column.in_([bindparam(f"{name}_{index}", type_=column.type) for index in range(number)])


def _bound(name: str, values: Sequence[Any]) -> dict[str, Any]:
    if len(values) > _FEW:
        return {name: values}
    return {f"{name}_{index}": value for index, value in enumerate(values)}


@cache
def _in_range(servers: int, families: int | None, keys: int | None) -> Select[Any]:
    """The statement of `find_chunks` for so many of each, None for all; by what `_number` says."""
    statement = _ROWS.where(
        _among(series.c.server_id, "servers", servers),
        chunks.c.tier == bindparam("tier"),
        chunks.c.start_ms >= bindparam("start_ms"),
        chunks.c.start_ms < bindparam("end_ms"),
    ).order_by(series.c.server_id, series.c.family, series.c.key, chunks.c.start_ms)
    if families is not None:
        statement = statement.where(_among(series.c.family, "families", families))
        if keys is not None:
            statement = statement.where(_among(series.c.key, "keys", keys))
    return statement


def _number(values: Sequence[Any]) -> int:
    """How many they are, or one more than the few: statements are kept by this."""
    return min(len(values), _FEW + 1)


@dataclass(frozen=True, slots=True)
class Which:
    """Names a set of chunks: None of families, or of their keys, for all."""

    server_keys: Sequence[int]
    families: Sequence[str] | None
    tier: Tier
    start_ms: int
    end_ms: int
    keys: Sequence[str] | None = None


def find_chunks(connection: Connection, which: Which) -> list[ChunkRow]:
    """The chunks of a tier that start in a range, by server, family, key and start."""
    values: dict[str, Any] = {
        "tier": TIER_CODES[which.tier.name],
        "start_ms": which.start_ms,
        "end_ms": which.end_ms,
        **_bound("servers", which.server_keys),
    }
    if which.families is not None:
        values |= _bound("families", which.families)
        if which.keys is not None:
            values |= _bound("keys", which.keys)
    families = None if which.families is None else _number(which.families)
    keys = None if which.keys is None else _number(which.keys)
    statement = _in_range(_number(which.server_keys), families, keys)
    return _rows(connection, statement, values)


def _rows(connection: Connection, statement: Select[Any], values: dict[str, Any]) -> list[ChunkRow]:
    return [ChunkRow(*row) for row in connection.execute(statement, values).all()]


_TIMES = _ROWS.where(
    series.c.family == OWN_FAMILY,
    series.c.key == TIMES_KEY,
    chunks.c.tier == TIER_CODES[RAW.name],
)


@cache
def _unsettled(servers: int, states: int) -> Select[Any]:
    return _TIMES.where(
        _among(series.c.server_id, "servers", servers),
        # The index reaches this one alone.
        chunks.c.start_ms >= bindparam("first_ms"),
        (chunks.c.start_ms >= bindparam("start_ms")) & _among(chunks.c.rolled_up, "states", states)
        | (chunks.c.start_ms >= bindparam("since_ms")),
    ).order_by(series.c.server_id, chunks.c.start_ms)


def unsettled_days(
    connection: Connection,
    server_keys: Sequence[int],
    states: Sequence[int],
    start_ms: int,
    since_ms: int,
) -> list[ChunkRow]:
    """The servers' own raw chunks: in these states from `start_ms` on, all from `since_ms` on."""
    values = {
        "first_ms": min(start_ms, since_ms),
        "start_ms": start_ms,
        "since_ms": since_ms,
        **_bound("servers", server_keys),
        **_bound("states", states),
    }
    statement = _unsettled(_number(server_keys), _number(states))
    return _rows(connection, statement, values)


def next_day(connection: Connection, server_key: int, day_ms: int) -> int | None:
    """The id of the server's own chunk that follows a day's."""
    following = (
        _TIMES.where(series.c.server_id == server_key, chunks.c.start_ms > day_ms)
        .order_by(chunks.c.start_ms)
        .limit(1)
    )
    return next((row.id for row in _rows(connection, following, {})), None)


def all_days(connection: Connection) -> list[ChunkRow]:
    """Every server's own raw chunks."""
    return _rows(connection, _TIMES, {})


def stale_days(connection: Connection) -> list[ChunkRow]:
    """Every server's days that are not rolled up, by server and start."""
    statement = _TIMES.where(chunks.c.rolled_up == STALE)
    return _rows(connection, statement.order_by(series.c.server_id, chunks.c.start_ms), {})


_NEWEST_OF_EACH = (
    select(chunks.c.series_id, func.max(chunks.c.start_ms).label("newest_ms"))
    .join(series, series.c.id == chunks.c.series_id)
    .where(
        series.c.server_id == bindparam("server"),
        series.c.family == bindparam("family"),
        chunks.c.tier == TIER_CODES[RAW.name],
        chunks.c.start_ms < bindparam("before_ms"),
    )
    .group_by(chunks.c.series_id)
    .subquery()
)
_NEWEST_BEFORE = _ROWS.join(
    _NEWEST_OF_EACH,
    (_NEWEST_OF_EACH.c.series_id == chunks.c.series_id)
    & (_NEWEST_OF_EACH.c.newest_ms == chunks.c.start_ms),
).where(chunks.c.tier == TIER_CODES[RAW.name])


def newest_before(
    connection: Connection, server_key: int, family: str, before_ms: int
) -> list[ChunkRow]:
    """Of each series of a family the last raw chunk that starts before a time."""
    values = {"server": server_key, "family": family, "before_ms": before_ms}
    return _rows(connection, _NEWEST_BEFORE, values)


_PAYLOADS = select(chunks.c.id, chunks.c.payload).where(
    chunks.c.id.in_(bindparam("ids", expanding=True))
)


def payloads(connection: Connection, ids: Sequence[int]) -> Iterable[tuple[int, bytes]]:
    """The payloads of chunks, by id."""
    for start in range(0, len(ids), _PER_STATEMENT):
        found = connection.execute(_PAYLOADS, {"ids": ids[start : start + _PER_STATEMENT]})
        yield from ((identifier, payload) for identifier, payload in found)


def series_ids(
    connection: Connection, server_key: int, names: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The ids of a server's series, given to those that had none."""
    statement = select(series.c.family, series.c.key, series.c.id)
    found = connection.execute(statement.where(series.c.server_id == server_key))
    ids = {(family, key): identifier for family, key, identifier in found}
    for family, key in names:
        if (family, key) not in ids:
            added = connection.execute(
                series.insert().values(server_id=server_key, family=family, key=key)
            )
            ids[family, key] = _inserted(added.inserted_primary_key)
    return ids


def _inserted(key: Any) -> int:
    assert key is not None  # noqa: S101 - the databases that we speak to all tell it
    return int(key[0])


def is_there(connection: Connection, identifier: int) -> bool:
    """Whether a chunk was neither replaced nor pruned meanwhile."""
    found = select(chunks.c.id).where(chunks.c.id == identifier)
    return connection.scalar(found) is not None


def is_current(connection: Connection, server_key: int, new: Sequence[NewChunk]) -> bool:
    """Whether each of these would still take the place of what is there, if anything is."""
    there = {
        (row.name, tier, start_ms): row.id
        for tier, start_ms in {(chunk.tier, chunk.start_ms) for chunk in new}
        for row in find_chunks(connection, Which([server_key], None, tier, start_ms, start_ms + 1))
    }
    return all(
        there.get(((chunk.family, chunk.key), chunk.tier, chunk.start_ms)) == chunk.replaces
        for chunk in new
    )


def newest_payloads(
    connection: Connection, tier: Tier, limit: int
) -> Iterator[tuple[ChunkRow, bytes]]:
    """The chunks of a tier that were written last, each with its payload."""
    newest = (
        _ROWS.add_columns(chunks.c.payload)
        .where(chunks.c.tier == TIER_CODES[tier.name])
        .order_by(chunks.c.id.desc())
        .limit(limit)
    )
    for *row, payload in connection.execute(newest):
        yield ChunkRow(*row), payload


def write_chunks(connection: Connection, server_key: int, new: Sequence[NewChunk]) -> None:
    """Write chunks of a server, each in the place of the one that it replaces."""
    ids = series_ids(connection, server_key, {(chunk.family, chunk.key) for chunk in new})
    remove(connection, [chunk.replaces for chunk in new if chunk.replaces is not None])
    connection.execute(
        chunks.insert(),
        [
            {
                "series_id": ids[chunk.family, chunk.key],
                "tier": TIER_CODES[chunk.tier.name],
                "start_ms": chunk.start_ms,
                "first_ms": chunk.first_ms,
                "last_ms": chunk.last_ms,
                "samples": chunk.samples,
                "rolled_up": chunk.rolled_up,
                "payload": chunk.payload,
            }
            for chunk in new
        ],
    )


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Delete chunks."""
    for start in range(0, len(ids), _PER_STATEMENT):
        part = ids[start : start + _PER_STATEMENT]
        connection.execute(delete(chunks).where(chunks.c.id.in_(part)))


def put_aside(connection: Connection, identifier: int) -> None:
    """Keep a damaged chunk where no reader looks, so that its span can be written anew."""
    connection.execute(
        update(chunks)
        .where(chunks.c.id == identifier, chunks.c.tier < _DAMAGED_TIER)
        # Its id in the place of its start keeps it apart from others of the same span.
        .values(tier=chunks.c.tier + _DAMAGED_TIER, start_ms=identifier)
    )


_CONTENT = (
    chunks.c.tier,
    chunks.c.start_ms,
    chunks.c.first_ms,
    chunks.c.last_ms,
    chunks.c.samples,
    chunks.c.rolled_up,
    chunks.c.payload,
)


def transplant(
    connection: Connection, row: ChunkRow, server_key: int, name: tuple[str, str]
) -> None:
    """Give a chunk, under another id, to a series that has none of that span."""
    identifier = series_ids(connection, server_key, [name])[name]
    content = select(literal(identifier), *_CONTENT).where(chunks.c.id == row.id)
    names = ["series_id", *(column.name for column in _CONTENT)]
    connection.execute(chunks.insert().from_select(names, content))
    remove(connection, [row.id])


def set_aside(connection: Connection) -> list[ChunkRow]:
    """The chunks that were put aside."""
    return _rows(connection, _ROWS.where(chunks.c.tier >= _DAMAGED_TIER), {})


def let_roll_up_again(connection: Connection, server_key: int, start_ms: int, end_ms: int) -> None:
    """Have the roll-ups of a server's days made again, as far as there are samples of them."""
    times = _TIMES.where(
        series.c.server_id == server_key,
        chunks.c.start_ms >= start_ms,
        chunks.c.start_ms < end_ms,
    )
    set_rolled_up(connection, [row.id for row in _rows(connection, times, {})], STALE)


def set_rolled_up(connection: Connection, ids: Sequence[int], state: int) -> None:
    """Say of servers' days whether the roll-ups hold them."""
    condition: ColumnElement[bool] = chunks.c.id.in_(ids)
    connection.execute(update(chunks).where(condition).values(rolled_up=state))


def are_stale(connection: Connection, ids: Sequence[int]) -> bool:
    """Whether all of these days are there, and still to be rolled up."""
    counted = select(func.count()).where(chunks.c.id.in_(ids), chunks.c.rolled_up == STALE)
    return connection.execute(counted).scalar_one() == len(ids)


def chunks_before(
    connection: Connection, tier: Tier, before_ms: int, families: Sequence[str] | None = None
) -> list[ChunkRow]:
    """The chunks of a tier that start before a time, by server and start."""
    statement = _ROWS.where(
        chunks.c.tier == TIER_CODES[tier.name], chunks.c.start_ms < before_ms
    ).order_by(series.c.server_id, chunks.c.start_ms)
    if families is not None:
        statement = statement.where(series.c.family.in_(families))
    return _rows(connection, statement, {})


def forget_some(connection: Connection, server_key: int, most: int) -> bool:
    """Delete up to so many chunks of a server, and its series once there are none."""
    of_server = select(series.c.id).where(series.c.server_id == server_key)
    some = select(chunks.c.id).where(chunks.c.series_id.in_(of_server)).limit(most)
    ids = list(connection.scalars(some))
    remove(connection, ids)
    if len(ids) == most:
        return True
    connection.execute(delete(series).where(series.c.server_id == server_key))
    return False


def sizes(connection: Connection) -> list[tuple[int, str, int, int, int, int, int]]:
    """By server, family and tier: the samples, their bytes, the last one's time, the chunks."""
    statement = (
        select(
            series.c.server_id,
            series.c.family,
            chunks.c.tier,
            func.sum(chunks.c.samples),
            func.sum(func.length(chunks.c.payload)),
            func.max(chunks.c.last_ms),
            func.count(),
        )
        .join(series, series.c.id == chunks.c.series_id)
        .group_by(series.c.server_id, series.c.family, chunks.c.tier)
    )
    return [
        (row[0], row[1], row[2], int(row[3]), int(row[4]), row[5], row[6])
        for row in connection.execute(statement)
    ]
