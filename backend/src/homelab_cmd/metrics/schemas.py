"""The answers of history's endpoints, as OpenAPI tells them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from homelab_agent.contract import Family, Field, Role
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as SchemaField

from homelab_cmd.history.rates import FLAG_NAMES
from homelab_cmd.metrics.sparklines import shown_fields
from homelab_cmd.metrics.values import rate_name

Timestamp = Annotated[str, SchemaField(examples=["2026-11-21T07:00:00.000+00:00"])]


def point_model(family: Family) -> type[BaseModel]:
    """A point of the family's sparkline: its fields with their units, rates and the flag."""
    members: dict[str, Any] = {"timestamp": (Timestamp, ...)}
    fields = shown_fields(family)
    members |= {field.name: (_value_type(field), _documented(field)) for field in fields}
    for field in fields:
        if field.role is Role.COUNTER:
            unit = f"{field.spec.unit}_per_second"
            members[rate_name(field)] = (
                float | None,
                SchemaField(json_schema_extra={"x-unit": unit}),
            )
    members["flag"] = (
        Literal[FLAG_NAMES],
        SchemaField(description="What lies between this point and the one before."),
    )
    name = f"{family.row.__name__}Point"
    return create_model(name, __config__=ConfigDict(extra="forbid"), **members)


def _value_type(field: Field) -> Any:
    # A window's mean of an integer gauge is no integer.
    plain: Any = float if field.role is Role.GAUGE else field.type
    return (Literal[field.choices] if field.choices else plain) | None


def _documented(field: Field) -> Any:
    extra = {"x-kind": field.role.value, "x-unit": field.spec.unit}
    return SchemaField(json_schema_extra={name: value for name, value in extra.items() if value})


def sparkline_model(metric: str, family: Family, key: str | None) -> type[BaseModel]:
    """The answer of the family's sparkline; `key` names the parameter that chose the series."""
    members: dict[str, Any] = {"server_id": (str, ...), "metric": (str, ...)}
    if key:
        members[key] = (str | None, ...)
    points = list.__class_getitem__(point_model(family))
    members |= {"period": (str, ...), "data": (points, ...)}
    return create_model(f"{metric.title().replace('_', '')}Sparkline", **members)


class HostPoint(BaseModel):
    """A moment of one metric."""

    timestamp: Timestamp
    value: float | None


class MetricSparkline(BaseModel):
    """One metric of a host."""

    server_id: str
    metric: str = SchemaField(examples=["cpu_percent"])
    period: str
    data: list[HostPoint]
