"""What holds now, in each process, and how an admin changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import Conflict, Unprocessable
from homelab_cmd.history.tiers import TIERS
from homelab_cmd.keeping import repository
from homelab_cmd.keeping.limits import (
    MAX_SIZE,
    Limits,
    Saved,
    Value,
    limits_of,
    setting_of,
    values_of,
)
from homelab_cmd.settings import LEAST_MAX_SIZE_BYTES, Settings


@dataclass
class Keeping:
    """The limits as this process knows them: read at its start, at each round of housekeeping."""

    database: Database
    settings: Settings
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> Limits:
        """Read what is set now, by whichever process."""
        with self.database.connect() as connection:
            self.limits = in_force(connection, self.settings)
        return self.limits

    def max_bytes(self) -> int | None:
        """How large the database may become."""
        return self.limits.max_bytes

    def raw_days(self) -> int:
        """For how many days samples are kept."""
        return self.limits.raw_days


def read_values(connection: Connection, settings: Settings) -> dict[str, Value]:
    """Each setting as it holds, and where that comes from."""
    return values_of(settings, repository.load(connection))


def in_force(connection: Connection, settings: Settings) -> Limits:
    """The limits that hold now."""
    numbers = {name: one.value for name, one in read_values(connection, settings).items()}
    return limits_of(numbers, is_sqlite=settings.is_sqlite)


def change(
    session: Session, settings: Settings, wanted: Mapping[str, int | None], *, actor: str
) -> None:
    """Set numbers by their settings' names; None has the default again.

    Raises Conflict for what the environment sets, Unprocessable for what makes no sense together.
    """
    values = read_values(session.connection(), settings)
    for name in wanted:
        if values[name].source == "environment":
            raise Conflict(
                f"{name}: {values[name].variable} sets it where the server is started; change or "
                "remove it there.",
                code="SET_BY_ENVIRONMENT",
            )
    numbers = {name: one.value for name, one in values.items()}
    numbers |= {
        name: values[name].default if value is None else value for name, value in wanted.items()
    }
    _check_spans(numbers, wanted)
    _check_size(numbers[MAX_SIZE], settings)
    for name, value in wanted.items():
        if value is None:
            repository.remove(session, name)
        else:
            repository.save(session, name, Saved(value, now_ms(), actor))


def _check_spans(numbers: Mapping[str, int], wanted: Mapping[str, int | None]) -> None:
    for finer, coarser in pairwise(TIERS):
        fine, coarse = setting_of(finer), setting_of(coarser)
        if not numbers[coarse] or 0 < numbers[fine] <= numbers[coarse]:
            continue
        if coarse in wanted:
            least = f"at least {numbers[fine]} days" if numbers[fine] else "0, which is for ever"
            told = f"{coarse}: take {least}, as long as the {finer.name} tier is kept."
            raise Unprocessable(told, path=["body", coarse])
        if fine in wanted:
            most = f"at most {numbers[coarse]} days"
            told = f"{fine}: take {most}, as long as the {coarser.name} tier is kept."
            raise Unprocessable(told, path=["body", fine])


def _check_size(max_size: int, settings: Settings) -> None:
    if not max_size:
        return
    if not settings.is_sqlite:
        raise Unprocessable(
            "max_size: it bounds a SQLite file; on PostgreSQL shorten the retention instead.",
            path=["body", MAX_SIZE],
        )
    if max_size < LEAST_MAX_SIZE_BYTES:
        raise Unprocessable(
            f"max_size: take 0 for no bound, or at least {LEAST_MAX_SIZE_BYTES:,} bytes.",
            path=["body", MAX_SIZE],
        )
