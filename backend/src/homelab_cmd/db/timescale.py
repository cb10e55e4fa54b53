"""What the database says of TimescaleDB: whether it is there, and which edition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import Connection, text

# `timescaledb.license` says one of these: Debian and others build the first, which lacks the
# columnstore, continuous aggregates and policies.
Edition: TypeAlias = Literal["apache", "timescale"]


@dataclass(frozen=True)
class Extension:
    """The extension of this database."""

    edition: Edition
    version: str

    @property
    def has_columnstore(self) -> bool:
        """Compression by columns, on by age: not in the Apache edition, and so named from 2.18."""
        return self.edition == "timescale" and _numbers(self.version) >= (2, 18)


def find_extension(connection: Connection) -> Extension | None:
    """The extension, if an owner has created it in this database."""
    if connection.dialect.name != "postgresql":
        return None
    version = connection.scalar(
        text("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")
    )
    if version is None:
        return None
    license_ = connection.scalar(text("SELECT current_setting('timescaledb.license', true)"))
    return Extension("timescale" if license_ == "timescale" else "apache", version)


def _numbers(version: str) -> tuple[int, int]:
    """Major and minor number of "2.28.3" or "2.30.0-dev"."""
    major, minor, *_ = version.split(".")
    return int(major), int(minor)
