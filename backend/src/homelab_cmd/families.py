"""What the server derives from the families' declarations: wire types and documented schemas.

For each family of `homelab_agent.contract`, in plain loops:

- a msgspec struct that checks a row as agents send it (types, bounds, lengths, choices);
- a pydantic model that documents it in OpenAPI, with kind and unit of each field.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from homelab_agent.contract import FAMILIES, Family, Field, Role
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as SchemaField

MAX_INTEGER = 2**63 - 1


def row_struct(family: Family) -> type[msgspec.Struct]:
    """The struct that decodes one row of the family, attributes named as in the contract."""
    members: list[Any] = []
    for field in family.fields:
        wire_type = _wire_type(field)
        if field.required:
            members.append((field.name, wire_type))
        else:
            members.append((field.name, wire_type, field.default))
    return msgspec.defstruct(family.row.__name__, members, kw_only=True, gc=False)


def _wire_type(field: Field) -> Any:
    if field.choices:
        plain: Any = Literal[field.choices]
    elif field.type is str:
        # A NUL ends a text early in some databases, and is no part of any name.
        smallest = 1 if field.role is Role.KEY else 0
        plain = Annotated[str, msgspec.Meta(min_length=smallest, max_length=field.spec.max_length)]
    elif field.type is int:
        minimum = field.spec.minimum
        plain = Annotated[
            int, msgspec.Meta(ge=-MAX_INTEGER if minimum is None else int(minimum), le=MAX_INTEGER)
        ]
    elif field.type is float:
        plain = Annotated[float, msgspec.Meta(ge=field.spec.minimum, le=field.spec.maximum)]
    else:
        plain = field.type
    return plain | None if field.optional else plain


def row_model(family: Family) -> type[BaseModel]:
    """The pydantic model that documents one row of the family in OpenAPI."""
    members: dict[str, Any] = {
        field.name: (_documented_type(field), _documented_field(field)) for field in family.fields
    }
    return create_model(
        family.row.__name__,
        __config__=ConfigDict(extra="ignore"),
        __doc__=family.summary,
        **members,
    )


def _documented_type(field: Field) -> Any:
    plain: Any = Literal[field.choices] if field.choices else field.type
    return plain | None if field.optional else plain


def _documented_field(field: Field) -> Any:
    extra = {"x-kind": field.role.value, "x-unit": field.spec.unit}
    return SchemaField(
        ... if field.required else field.default,
        max_length=field.spec.max_length,
        json_schema_extra={name: value for name, value in extra.items() if value},
    )


STRUCTS: dict[str, type[msgspec.Struct]] = {family.name: row_struct(family) for family in FAMILIES}
MODELS: dict[str, type[BaseModel]] = {family.name: row_model(family) for family in FAMILIES}

_BY_NAME = {name: family for family in FAMILIES for name in (family.name, *family.aliases)}


def family_by_name(name: str) -> Family:
    """The family of that name, or of that older name. Raises KeyError."""
    return _BY_NAME[name]
