"""What a metric family is made of: roles, units and the family itself.

A family is one frozen dataclass, the *row*, whose fields are annotated with a role:

    mount_point: Annotated[str, key(max_length=255)]
    used_bytes: Annotated[int, gauge(4, "bytes")]

Everything else (validation, tables, roll-ups, endpoints, types) is derived from these declarations,
so this package imports nothing but the standard library and ships with the agent.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints


class Role(str, Enum):
    """What a field is; it decides how the field is stored, rolled up, formatted and charted."""

    KEY = "key"  # names the series within its host
    LABEL = "label"  # describes it; changes seldom
    GAUGE = "gauge"  # a level: averaged, with its extremes
    COUNTER = "counter"  # only rises, but for resets: read as a rate
    STATE = "state"  # one of few values: seconds spent in the counted one


@dataclasses.dataclass(frozen=True)
class Derivation:
    """How a field follows exactly from others of its row, so that history need not keep it.

    `function` takes the fields named in `inputs`, in that order, and is called with scalars.
    """

    function: Callable[..., float]
    inputs: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Spec:
    """The annotation of one field. `number` names it in sealed history and is never reused."""

    role: Role
    number: int
    unit: str = ""
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    column: str | None = None
    counts: str | bool = True
    gates: bool = False
    derive: Derivation | None = None
    complement: str | None = None
    per: str | None = None


def key(*, max_length: int, column: str | None = None) -> Spec:
    """The name of a series within its host; `column` where the table calls it otherwise."""
    return Spec(Role.KEY, 0, max_length=max_length, column=column)


def label(number: int, *, max_length: int) -> Spec:
    """A text of at most `max_length` characters that describes the series."""
    return Spec(Role.LABEL, number, max_length=max_length)


def gauge(
    number: int,
    unit: str,
    *,
    minimum: float | None = 0,
    maximum: float | None = None,
    derive: Derivation | None = None,
    complement: str | None = None,
) -> Spec:
    """A level in `unit`; `complement` names a field with which its sum seldom changes."""
    return Spec(
        Role.GAUGE,
        number,
        unit,
        minimum=minimum,
        maximum=100 if unit == "percent" and maximum is None else maximum,
        derive=derive,
        complement=complement,
    )


def counter(number: int, unit: str, *, per: str | None = None) -> Spec:
    """A total in `unit` since boot, or since the source appeared.

    `per` names the counter of what carries it, such as the packets of bytes: history may then
    keep the size of a packet, which varies less.
    """
    return Spec(Role.COUNTER, number, unit, minimum=0, per=per)


def state(number: int, *, counts: str | bool = True, gates: bool = False) -> Spec:
    """A boolean or one of a `Literal`'s words; roll-ups count the seconds spent at `counts`.

    A state that `gates` tells whether the row's numbers are of now: at any value but `counts`
    history keeps the state alone, and no number of the row enters an average or a forecast.
    """
    return Spec(Role.STATE, number, counts=counts, gates=gates)


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a family: its name, its plain type and its annotation."""

    name: str
    type: type[int | float | bool | str]
    optional: bool
    default: Any  # dataclasses.MISSING where the row must carry it
    choices: tuple[str, ...]
    spec: Spec

    @property
    def role(self) -> Role:
        return self.spec.role

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING

    @property
    def column(self) -> str:
        """The name of the field's database column."""
        return self.spec.column or self.name


Severity = Literal["warning", "critical"]


@dataclasses.dataclass(frozen=True)
class Family:
    """A kind of row that hosts report at every tick.

    name:       singular, as endpoints, events and the page know it (`filesystem`)
    payload:    the heartbeat's field (`filesystems`); of a family without key it holds one row
    table:      the raw table of the rows engine (`filesystem_metrics`)
    index:      the stem of that table's index names (`idx_fs`)
    ephemeral:  a pattern of keys without a stable name (veth…): kept for a week, not rolled up
    aliases:    further names in URLs, from before
    severity:   how bad it is for the host what a row says, None where it is well
    """

    name: str
    payload: str
    row: type[Any]
    table: str
    index: str
    summary: str
    fields: tuple[Field, ...]
    ephemeral: str | None = None
    aliases: tuple[str, ...] = ()
    severity: Callable[[Any], Severity | None] | None = None

    def __hash__(self) -> int:
        # What is worked out of a family is kept by it: hashing every field would cost as much.
        return hash(self.name)

    @functools.cached_property
    def key(self) -> Field | None:
        """The field that names a series, or None where a host has exactly one."""
        return next((field for field in self.fields if field.role is Role.KEY), None)

    @functools.cached_property
    def values(self) -> tuple[Field, ...]:
        """Every field but the key, in declared order."""
        return tuple(field for field in self.fields if field.role is not Role.KEY)

    @functools.cached_property
    def gate(self) -> Field | None:
        """The state that says whether a row's numbers are of now."""
        return next((field for field in self.fields if field.spec.gates), None)

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


def family(  # noqa: PLR0913 - each is named where it is given
    row: type[Any],
    *,
    name: str,
    payload: str,
    table: str,
    index: str,
    ephemeral: str | None = None,
    aliases: tuple[str, ...] = (),
    severity: Callable[[Any], Severity | None] | None = None,
) -> Family:
    """Read a row's annotations. Raises TypeError for a declaration that contradicts itself."""
    hints = get_type_hints(row, include_extras=True)
    fields = tuple(_field(field, hints[field.name]) for field in dataclasses.fields(row))
    numbers = [field.spec.number for field in fields if field.role is not Role.KEY]
    if len(numbers) != len(set(numbers)) or min(numbers) < 1:
        message = f"{row.__name__}: every field but the key needs a number of its own, from 1"
        raise TypeError(message)
    summary = (row.__doc__ or "").strip().splitlines()[0]
    return Family(name, payload, row, table, index, summary, fields, ephemeral, aliases, severity)


def _field(declared: dataclasses.Field[Any], hint: Any) -> Field:
    if get_origin(hint) is not Annotated:
        message = f"{declared.name}: annotate it with key, label, gauge, counter or state"
        raise TypeError(message)
    annotated, spec = get_args(hint)[:2]
    plain, optional = _without_none(annotated)
    choices: tuple[str, ...] = ()
    if get_origin(plain) is Literal:
        choices, plain = get_args(plain), str
    if spec.role is Role.STATE and plain is str and spec.counts not in choices:
        message = f"{declared.name}: counts={spec.counts!r} is none of {choices}"
        raise TypeError(message)
    return Field(declared.name, plain, optional, declared.default, choices, spec)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [part for part in get_args(hint) if part is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return hint, False
