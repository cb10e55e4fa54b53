"""Reading and packing the log's payloads: finds the dictionaries they refer to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from homelab_cmd.db.locks import lock_servers
from homelab_cmd.history.chunks import records, store
from homelab_cmd.history.chunks.records import Dictionary
from homelab_cmd.history.chunks.samples import LoggedHeartbeat
from homelab_cmd.history.chunks.tables import (
    DICTIONARY_KEY,
    DICTIONARY_TIER,
    OWN_FAMILY,
    chunks,
    series,
)
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.history.log import SERVER_BITS, heartbeats, split_id

logger = logging.getLogger(__name__)

# A server whose records no longer shrink to this share gets a new dictionary.
_WORN_OUT = 0.6
_KEPT_PER_SERVER = 3
# A host of few rows may never shrink much: how often it is tried again.
_RENEWED_AFTER_SECONDS = 3_600

_NEWEST = (
    select(chunks.c.id, chunks.c.payload)
    .join(series, series.c.id == chunks.c.series_id)
    .where(
        series.c.family == OWN_FAMILY,
        series.c.key == DICTIONARY_KEY,
        chunks.c.tier == DICTIONARY_TIER,
    )
    .order_by(chunks.c.id.desc())
)
_NEWEST_OF_EACH = (
    select(series.c.server_id, func.max(chunks.c.id))
    .join(series, series.c.id == chunks.c.series_id)
    .where(
        series.c.server_id.in_(bindparam("servers", expanding=True)),
        series.c.family == OWN_FAMILY,
        series.c.key == DICTIONARY_KEY,
        chunks.c.tier == DICTIONARY_TIER,
    )
    .group_by(series.c.server_id)
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the log as it is stored."""

    id: int
    sequence: int | None
    payload: bytes | None


class Logbook:
    """Packs heartbeats into the log's payloads and reads them back."""

    def __init__(self) -> None:
        self._dictionaries: dict[int, Dictionary] = {}
        # By server the dictionary in use, None where it has none; absent where nobody looked.
        self._current: dict[int, Dictionary | None] = {}
        self._worn_out: dict[int, bytes] = {}
        self._renewed_at: dict[int, float] = {}
        self._lock = threading.Lock()
        self.damaged: dict[int, str] = {}

    def pack(self, connection: Connection, heartbeat: Heartbeat) -> bytes:
        """The payload of a heartbeat, against its server's dictionary where there is one."""
        server_key = heartbeat.server_key
        if server_key not in self._current:
            self._current[server_key] = self._load(connection, server_key)
        content = records.encode(heartbeat)
        dictionary = self._current[server_key]
        payload = records.pack(content, dictionary)
        if len(payload) > _WORN_OUT * len(content):
            self._worn_out[server_key] = content
        return payload

    def follow(self, connection: Connection, server_keys: Collection[int]) -> None:
        """Take up what dictionaries other processes gave these servers, which are locked.

        One that was replaced some times may be gone: nothing must be packed against it.
        """
        if connection.dialect.name == "sqlite":
            return
        found = connection.execute(_NEWEST_OF_EACH, {"servers": list(server_keys)})
        newest = {server_key: identifier for server_key, identifier in found}  # noqa: C416 - a row is no pair to mypy
        for server_key in server_keys:
            known = self._current.get(server_key)
            if newest.get(server_key) != (known.identifier if known else None):
                self._current.pop(server_key, None)

    def _load(self, connection: Connection, server_key: int) -> Dictionary | None:
        row = connection.execute(
            _NEWEST.where(series.c.server_id == server_key).limit(1)
        ).one_or_none()
        return None if row is None else self._known(row.id, row.payload)

    def _known(self, identifier: int, content: bytes) -> Dictionary:
        with self._lock:
            if identifier not in self._dictionaries:
                self._dictionaries[identifier] = Dictionary(identifier, content)
            return self._dictionaries[identifier]

    def read(self, connection: Connection, rows: Iterable[LogRow]) -> list[LoggedHeartbeat]:
        """The heartbeats of rows, in their order, without those that are damaged."""

        def dictionary_of(identifier: int) -> Dictionary:
            known = self._dictionaries.get(identifier)
            if known is not None:
                return known
            for _, content in store.payloads(connection, [identifier]):
                return self._known(identifier, content)
            raise ValueError(f"its dictionary {identifier} is gone")

        found = []
        for row in rows:
            try:
                record = records.decode(records.unpack(row.payload or b"", dictionary_of))
            except ValueError as error:
                self._report(row, error)
            else:
                found.append(LoggedHeartbeat(split_id(row.id)[0], row.sequence, record))
        return found

    def _report(self, row: LogRow, error: ValueError) -> None:
        if row.id not in self.damaged:
            time_ms, server_key = split_id(row.id)
            problem = f"heartbeat {row.id} (server {server_key}, {time_ms} ms): {error}"
            logger.error("A heartbeat in the log is damaged and left out: %s", problem)
            self.damaged[row.id] = problem

    def new_dictionaries(self) -> dict[int, bytes]:
        """By server a record that would do as its dictionary, where the one in use does not."""
        worn_out, self._worn_out = self._worn_out, {}
        since = time.monotonic() - _RENEWED_AFTER_SECONDS
        return {
            server_key: content
            for server_key, content in worn_out.items()
            if self._renewed_at.get(server_key, since) <= since
        }

    def store_dictionary(
        self, connection: Connection, server_key: int, content: bytes
    ) -> Dictionary:
        """Write a dictionary. It is to be used only once that is committed: see `use`."""
        lock_servers(connection, [server_key])
        name = (OWN_FAMILY, DICTIONARY_KEY)
        series_id = store.series_ids(connection, server_key, [name])[name]
        kept = select(chunks.c.id).where(chunks.c.series_id == series_id)
        newest = list(connection.scalars(kept.order_by(chunks.c.id.desc())))
        if len(newest) >= _KEPT_PER_SERVER:
            in_use = _referred_to(connection, server_key)
            old = [each for each in newest[_KEPT_PER_SERVER - 1 :] if each not in in_use]
            store.remove(connection, old)
        start_ms = newest[0] + 1 if newest else 0  # only to be unlike the others
        added = connection.execute(
            chunks.insert().values(
                series_id=series_id,
                tier=DICTIONARY_TIER,
                start_ms=start_ms,
                first_ms=0,
                last_ms=0,
                samples=0,
                rolled_up=0,
                payload=content,
            )
        )
        key = added.inserted_primary_key
        assert key is not None  # noqa: S101 - the databases that we speak to all tell it
        return Dictionary(int(key[0]), content)

    def use(self, server_key: int, dictionary: Dictionary) -> None:
        """Pack a server's records against a dictionary that is committed."""
        with self._lock:
            self._dictionaries[dictionary.identifier] = dictionary
        self._current[server_key] = dictionary
        self._renewed_at[server_key] = time.monotonic()

    def forget(self, server_key: int) -> None:
        """Let go of a server's dictionary."""
        self._current.pop(server_key, None)
        self._worn_out.pop(server_key, None)


def _referred_to(connection: Connection, server_key: int) -> set[int]:
    """The dictionaries that a server's rows of the log are packed against."""
    of_server = heartbeats.c.id.op("&")((1 << SERVER_BITS) - 1).in_([server_key])
    found = connection.scalars(select(heartbeats.c.payload).where(of_server))
    return {identifier for payload in found if (identifier := records.dictionary_id(payload))}
