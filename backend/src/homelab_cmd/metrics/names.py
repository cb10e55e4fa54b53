"""The names of single metrics: `cpu_percent`, `filesystem_used_bytes`, and a few older ones.

A name is `<family>_<field>`, without the family for a host's own; keys and labels have none.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab_agent.contract import FAMILIES, FILESYSTEM, HOST, Family, Field, Role

from homelab_cmd.errors import NotFound, Unprocessable


@dataclass(frozen=True)
class Metric:
    """One field of a family, by a name of its own.

    key: the series that the name means by itself; None where the asker says which, if any
    """

    name: str
    family: Family
    field: Field
    key: str | None = None

    @property
    def key_parameter(self) -> str | None:
        """The name of the parameter that chooses the series, None where there is no choice."""
        chosen = self.family.key is None or self.key is not None
        return None if chosen or self.family.key is None else self.family.key.name

    def asked_key(self, parameters: Mapping[str, str]) -> str | None:
        """The series that a request's parameters ask for. Raises Unprocessable without one."""
        name = self.key_parameter
        if name is None:
            return self.key
        if not parameters.get(name):
            raise Unprocessable(
                f"{name}: {self.name} is kept for each {name}; say which", path=["query", name]
            )
        return parameters[name]

    def value(self, row: Any) -> float | None:
        """The row's number: a state is 1 at the value it counts, else 0.

        None where it was not reported, or where the row's numbers are not of now.
        """
        value = getattr(row, self.field.name)
        gate = self.family.gate
        if gate is not None and self.field is not gate:
            current = getattr(row, gate.name) == gate.spec.counts
            value = value if current else None
        if value is None or self.field.role is not Role.STATE:
            return value  # type: ignore[no-any-return]  # a number: of text are labels and states
        return float(value == self.field.spec.counts)


def _declared() -> dict[str, Metric]:
    metrics = {}
    for family in FAMILIES:
        prefix = "" if family is HOST else f"{family.name}_"
        for field in family.values:
            if field.role is not Role.LABEL:
                name = prefix + field.name
                metrics[name] = Metric(name, family, field)
    return metrics


METRICS = _declared()

ALIASES = {
    "cpu_usage": Metric("cpu_usage", HOST, HOST.field("cpu_percent")),
    "memory_usage": Metric("memory_usage", HOST, HOST.field("memory_percent")),
    "disk_usage": Metric("disk_usage", FILESYSTEM, FILESYSTEM.field("percent"), key="/"),
}


def metric_by_name(name: str) -> Metric:
    """The metric. Raises NotFound, with names that look alike."""
    metric = METRICS.get(name) or ALIASES.get(name)
    if metric is None:
        near = difflib.get_close_matches(name[:100], [*METRICS, *ALIASES], n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else " GET /api/metrics lists them."
        raise NotFound(f"There is no metric {name[:100]!r}.{hint}", code="UNKNOWN_METRIC")
    return metric
