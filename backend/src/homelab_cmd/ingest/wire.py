"""The heartbeat as msgspec decodes it, derived from the contract's envelope and families."""

from __future__ import annotations

import dataclasses
import types
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from homelab_agent.contract import FAMILIES, Bounds, CollectorReport, CpuInfo, Envelope, OsInfo
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
    if get_origin(hint) is dict:
        return dict[str, _NESTED[get_args(hint)[1]]]
    plain, optional = _split(hint)
    nested = _NESTED.get(plain, plain)
    return nested | None if optional else nested


def _bounded(hint: Any, bounds: Bounds) -> Any:
    plain, optional = _split(hint)
    if bounds.aware_time:
        wire_type: Any = Annotated[datetime, msgspec.Meta(tz=True)]
    else:
        meta = msgspec.Meta(
            ge=None if bounds.minimum is None else plain(bounds.minimum),
            le=None if bounds.maximum is None else plain(bounds.maximum),
            min_length=bounds.min_length,
            max_length=bounds.max_length,
            pattern=bounds.pattern,
        )
        wire_type = Annotated[plain, meta]
    return wire_type | None if optional else wire_type


def _split(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        return get_args(hint)[0], True
    return hint, False


_NESTED: dict[Any, Any] = {}
_NESTED |= {declared: _struct(declared) for declared in (OsInfo, CpuInfo, CollectorReport)}


def _rows_type(family_name: str, payload_is_list: bool) -> Any:  # noqa: FBT001 - read beside its one call
    row = STRUCTS[family_name]
    return list[row] | None if payload_is_list else row | None  # type: ignore[valid-type]  # made at run time


EnvelopeStruct = _struct(Envelope)
HeartbeatStruct = _struct(
    Envelope,
    [
        (family.payload, _rows_type(family.name, family.key is not None), None)
        for family in FAMILIES
    ],
)
