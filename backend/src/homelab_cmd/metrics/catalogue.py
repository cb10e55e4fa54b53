"""What there is to ask for, read from the declarations."""

from __future__ import annotations

from homelab_agent.contract import FAMILIES, Family, Field, Role
from pydantic import BaseModel
from pydantic import Field as SchemaField


class CatalogueField(BaseModel):
    """A field of a family."""

    name: str = SchemaField(examples=["used_bytes"])
    kind: str = SchemaField(examples=["gauge"], description="gauge, counter, state or label")
    unit: str = SchemaField(examples=["bytes"], description="Of counters also per second.")
    type: str = SchemaField(examples=["integer"])
    choices: list[str] = SchemaField(description="The words a state may have.")


class CatalogueFamily(BaseModel):
    """A family of series."""

    name: str = SchemaField(examples=["filesystem"])
    payload: str = SchemaField(examples=["filesystems"], description="Its field in a heartbeat.")
    key: str | None = SchemaField(examples=["mount_point"], description="What names a series.")
    summary: str
    fields: list[CatalogueField]


class Catalogue(BaseModel):
    """Every family with its fields, in declared order."""

    families: list[CatalogueFamily]


_TYPES = {int: "integer", float: "number", bool: "boolean", str: "string"}


def _described(family: Family) -> CatalogueFamily:
    return CatalogueFamily(
        name=family.name,
        payload=family.payload,
        key=family.key.name if family.key else None,
        summary=family.summary,
        fields=[
            CatalogueField(
                name=field.name,
                kind=field.role.value,
                unit=field.spec.unit,
                type=_TYPES[field.type],
                choices=list(field.choices),
            )
            for field in family.values
        ],
    )


CATALOGUE = Catalogue(families=[_described(family) for family in FAMILIES])


def numeric_fields(family: Family) -> tuple[Field, ...]:
    """The fields that have values over time: all but labels."""
    return tuple(field for field in family.values if field.role is not Role.LABEL)
