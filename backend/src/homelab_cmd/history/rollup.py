"""Roll-ups: what a window of samples comes to, by the kind of each field.

Always recomputed from raw samples, or combined from finer windows, which comes to the same; never
incremented. A window depends on the rows within it and on the one row before them: the increase
between two samples belongs to the window of the later one, and so does the time between them in
which a state is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from homelab_agent.contract import Family, Field, Role

_PARTS = {
    Role.GAUGE: ("sum", "count", "min", "max", "last"),
    Role.COUNTER: ("increase", "seconds", "resets", "last"),
    Role.STATE: ("seconds", "covered", "changes", "last"),
}
# Parts that are numbers of their own; the others bear the type of the field.
_PART_TYPES: dict[str, type[int | float]] = {
    "sum": float,
    "count": int,
    "seconds": float,
    "covered": float,
    "resets": int,
    "changes": int,
}
_DTYPES: dict[type, type[np.generic]] = {
    int: np.int64,
    float: np.float64,
    bool: np.bool_,
    str: np.object_,
}


@dataclass(frozen=True)
class RollupColumn:
    """A column of a roll-up: `name` is `used_bytes.sum`, `column` the database's."""

    field: Field
    part: str

    @property
    def name(self) -> str:
        return f"{self.field.name}.{self.part}"

    @property
    def column(self) -> str:
        return f"{self.field.column}_{self.part}"

    @property
    def type(self) -> type[int] | type[float] | type[bool] | type[str]:
        return _PART_TYPES.get(self.part, self.field.type)


def columns(family: Family) -> tuple[RollupColumn, ...]:
    """What the family's roll-ups hold, in declared order. Labels are not rolled up."""
    return tuple(
        RollupColumn(field, part) for field in family.values for part in _PARTS.get(field.role, ())
    )


def dtype_of(plain: type) -> type[np.generic]:
    """The numpy type of a contract type."""
    return _DTYPES[plain]
