"""The heartbeat as msgspec decodes it, derived from the contract's envelope and families."""

from __future__ import annotations

import dataclasses
import types
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from homelab_agent.contract import (
    FAMILIES,
    Bounds,
    CollectorReport,
    CpuInfo,
    Envelope,
    Family,
    OsInfo,
)

from homelab_cmd.families import STRUCTS


def _struct(declared: type[Any], extra: list[Any] | None = None) -> type[msgspec.Struct]:
    """A struct with the fields of a dataclass, bounded as they are annotated, plus `extra`."""
    hints = get_type_hints(declared, include_extras=True)
    members: list[Any] = []
    for field in dataclasses.fields(declared):
        wire_type = _wire_type(hints[field.name])
        if field.default is not dataclasses.MISSING:
            members.append((field.name, wire_type, field.default))
        elif field.default_factory is not dataclasses.MISSING:
            members.append(
                (field.name, wire_type, msgspec.field(default_factory=field.default_factory))
            )
        else:
            members.append((field.name, wire_type))
    return msgspec.defstruct(declared.__name__, members + (extra or []), kw_only=True, gc=False)


def _wire_type(hint: Any) -> Any:
    if get_origin(hint) is Annotated:
        plain, bounds = get_args(hint)[:2]
        return _bounded(plain, bounds)
    plain, optional = _split(hint)
    if get_origin(plain) is dict:
        nested: Any = _NESTED[get_args(plain)[1]]
        wire_type: Any = dict[str, nested]
    else:
        wire_type = _NESTED.get(plain, plain)
    return wire_type | None if optional else wire_type


def _bounded(hint: Any, bounds: Bounds) -> Any:
    plain, optional = _split(hint)
    if bounds.aware_time:
        wire_type: Any = Annotated[datetime, msgspec.Meta(tz=True)]
    else:
        limits: dict[str, Any] = {
            "ge": None if bounds.minimum is None else plain(bounds.minimum),
            "le": None if bounds.maximum is None else plain(bounds.maximum),
            "min_length": bounds.min_length,
            "max_length": bounds.max_length,
            "pattern": bounds.pattern,
        }
        wire_type = Annotated[plain, msgspec.Meta(**limits)]
    return wire_type | None if optional else wire_type


def _split(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        return get_args(hint)[0], True
    return hint, False


_NESTED: dict[Any, Any] = {}
_NESTED |= {declared: _struct(declared) for declared in (OsInfo, CpuInfo, CollectorReport)}


EnvelopeStruct = _struct(Envelope)


def _payload_type(family: Family) -> Any:
    row: Any = STRUCTS[family.name]
    return (list[row] if family.key is not None else row) | None


HeartbeatStruct = _struct(
    Envelope, [(family.payload, _payload_type(family), None) for family in FAMILIES]
)
