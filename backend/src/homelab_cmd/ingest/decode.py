"""From bytes to a checked heartbeat: the envelope strictly, each family on its own.

A heartbeat in order takes one pass of msgspec. Only where that fails is it taken apart: first the
envelope, then each family, then each row, so that what is good is kept and what is not is named.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from homelab_agent.contract import FAMILIES, Family
from homelab_agent.contract.heartbeat import MAX_HEARTBEATS_PER_BATCH, MAX_ROWS_PER_FAMILY

from homelab_cmd.clock import aware_ms
from homelab_cmd.errors import Unprocessable
from homelab_cmd.families import STRUCTS
from homelab_cmd.ingest.wire import EnvelopeStruct, HeartbeatStruct

# Past these many refusals a list of them helps nobody.
MAX_NAMED_REFUSALS = 100


@dataclass(slots=True)
class Refusal:
    """A part of a heartbeat that was left out: its path (`filesystems[3].used_bytes`), and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Decoded:
    """A heartbeat as it was said: its envelope, the rows by family, and what was refused.

    A family that was not reported is absent from `rows`; one reported as empty is there.
    """

    envelope: Any
    time_ms: int
    rows: dict[str, list[Any]]
    rejected: list[Refusal] = field(default_factory=list)


_BatchStruct = msgspec.defstruct("Batch", [("heartbeats", list.__class_getitem__(HeartbeatStruct))])
_fast: msgspec.json.Decoder[Any] = msgspec.json.Decoder(HeartbeatStruct)
_fast_batch: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_BatchStruct)
_PAYLOADS = tuple((family.name, family.payload, family.key is not None) for family in FAMILIES)


def decode_heartbeat(body: bytes) -> Decoded:
    """One heartbeat. Raises Unprocessable where the envelope is wrong or it is no JSON object."""
    if b"\\u0000" not in body:
        try:
            return _whole(_fast.decode(body))
        except _NOT_WHOLE:
            pass  # taken apart below, to keep what is good and to name what is not
    return _apart(_lenient(body))


def decode_batch(body: bytes) -> list[Decoded | Unprocessable]:
    """The items of a batch, each a heartbeat or the reason why it is none.

    Raises Unprocessable where the body as a whole is not `{"heartbeats": […]}` of 1 to 1,000.
    """
    if b"\\u0000" not in body:
        try:
            items = _fast_batch.decode(body).heartbeats
            if 1 <= len(items) <= MAX_HEARTBEATS_PER_BATCH:
                return [_whole(item) for item in items]
        except _NOT_WHOLE:
            pass
    document = _lenient(body)
    heartbeats = document.get("heartbeats") if isinstance(document, dict) else None
    if not isinstance(heartbeats, list) or not 1 <= len(heartbeats) <= MAX_HEARTBEATS_PER_BATCH:
        raise Unprocessable(
            f"heartbeats: expected a list of 1 to {MAX_HEARTBEATS_PER_BATCH} heartbeats",
            path=["body", "heartbeats"],
        )
    return [_item(item) for item in heartbeats]


def _item(document: Any) -> Decoded | Unprocessable:
    try:
        return _apart(document)
    except Unprocessable as error:
        return error


class _TooManyRows(Exception):
    pass


# msgspec has no error of its own for what is not UTF-8, or nested without end.
_NOT_WHOLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _TooManyRows)


def _whole(heartbeat: Any) -> Decoded:
    rows: dict[str, list[Any]] = {}
    for name, payload, is_list in _PAYLOADS:
        value = getattr(heartbeat, payload)
        if value is None:
            continue
        if not is_list:
            rows[name] = [value]
            continue
        if len(value) > MAX_ROWS_PER_FAMILY or _has_twins(name, value):
            raise _TooManyRows
        rows[name] = value
    return Decoded(heartbeat, aware_ms(heartbeat.timestamp), rows)


def _apart(document: Any) -> Decoded:
    if not isinstance(document, dict):
        raise Unprocessable("expected a JSON object: a heartbeat", path=["body"])
    payloads = {family.payload for family in FAMILIES}
    head = {name: value for name, value in document.items() if name not in payloads}
    envelope = _convert_envelope(head)
    decoded = Decoded(envelope, aware_ms(envelope.timestamp), {})
    for family in FAMILIES:
        value = document.get(family.payload)
        if value is not None:
            _take_family(decoded, family, value)
    return decoded


def _convert_envelope(head: dict[str, Any]) -> Any:
    fault = _unstorable(head)
    if fault:
        raise Unprocessable(fault, path=["body"])
    try:
        return msgspec.convert(head, EnvelopeStruct)
    except msgspec.ValidationError as error:
        reason, path = _split_path(str(error))
        raise Unprocessable(
            f"{path}: {reason}" if path else reason, path=["body", *path.split(".")]
        ) from None


def _take_family(decoded: Decoded, family: Family, value: Any) -> None:
    refuse = _Refusals(decoded.rejected)
    if family.key is None:
        row = _row(family, value, family.payload, refuse)
        if row is not None:
            decoded.rows[family.name] = [row]
        return
    if not isinstance(value, list):
        refuse(family.payload, "expected a list of rows")
        return
    if len(value) > MAX_ROWS_PER_FAMILY:
        refuse(
            f"{family.payload}[{MAX_ROWS_PER_FAMILY}:]",
            f"{len(value)} rows: at most {MAX_ROWS_PER_FAMILY} of a family are taken",
        )
    rows: list[Any] = []
    seen: set[str] = set()
    for position, document in enumerate(value[:MAX_ROWS_PER_FAMILY]):
        path = f"{family.payload}[{position}]"
        row = _row(family, document, path, refuse)
        if row is None:
            continue
        key = getattr(row, family.key.name)
        if key in seen:
            refuse(f"{path}.{family.key.name}", "a row of that name came before it")
            continue
        seen.add(key)
        rows.append(row)
    if rows or not value:
        decoded.rows[family.name] = rows


def _row(family: Family, document: Any, path: str, refuse: Callable[[str, str], None]) -> Any:
    fault = _unstorable(document)
    if fault:
        refuse(path, fault)
        return None
    try:
        return msgspec.convert(document, STRUCTS[family.name])
    except msgspec.ValidationError as error:
        reason, member = _split_path(str(error))
        refuse(f"{path}.{member}" if member else path, reason)
        return None


class _Refusals:
    """Collects refusals, up to a number past which only the last line counts on."""

    def __init__(self, rejected: list[Refusal]) -> None:
        self._rejected = rejected

    def __call__(self, path: str, reason: str) -> None:
        if len(self._rejected) < MAX_NAMED_REFUSALS:
            self._rejected.append(Refusal(path, reason))


def _has_twins(family_name: str, rows: list[Any]) -> bool:
    key = _KEY_OF[family_name]
    return len({getattr(row, key) for row in rows}) < len(rows)


_KEY_OF = {family.name: family.key.name for family in FAMILIES if family.key is not None}


class _NotFinite:
    """Stands where a document said NaN, Infinity or a number beyond a float's range."""


def _lenient(body: bytes) -> Any:
    """The document, with what JSON has no word for marked. Raises Unprocessable."""
    try:
        return json.loads(body, parse_constant=lambda _: _NotFinite(), parse_float=_float)
    except (ValueError, RecursionError) as error:
        reason = str(error).split(":")[0] if isinstance(error, ValueError) else "nested too deeply"
        raise Unprocessable(
            f"The body is not JSON: {reason}.", code="MALFORMED_JSON", path=["body"]
        ) from None


def _float(text: str) -> float | _NotFinite:
    number = float(text)
    return number if math.isfinite(number) else _NotFinite()


def _unstorable(document: Any) -> str | None:
    """Why a part of a document can't be kept as it is, or None."""
    if isinstance(document, _NotFinite):
        return "NaN and Infinity are no numbers: leave the field out, or send null"
    if isinstance(document, str):
        if "\x00" in document:
            return "a text may not hold a NUL character"
        return None if _is_unicode(document) else "a text holds half a surrogate pair"
    if isinstance(document, dict):
        parts = [*document.keys(), *document.values()]
    elif isinstance(document, list):
        parts = document
    else:
        return None
    return next((fault for part in parts if (fault := _unstorable(part))), None)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _split_path(message: str) -> tuple[str, str]:
    """msgspec's "Expected `int`, got `str` - at `$.a.b`" as its reason and "a.b"."""
    reason, _, path = message.partition(" - at `$")
    return reason, path.rstrip("`").lstrip(".")
