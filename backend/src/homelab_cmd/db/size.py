"""How large the database is, and whether it may grow."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text


class DatabaseFullError(Exception):
    """The database is as large as `max_size` allows, and all of it is in use."""


@dataclass(frozen=True)
class Size:
    """Bytes of the database file, and of those the ones that hold nothing.

    Beside it a write-ahead log may take up to 16 MiB.
    """

    total_bytes: int
    free_bytes: int

    @property
    def used_bytes(self) -> int:
        return self.total_bytes - self.free_bytes


def size_of(connection: Connection) -> Size:
    """The size of a database, as the connection's transaction leaves it."""
    if connection.dialect.name != "sqlite":
        total = connection.scalar(text("SELECT pg_database_size(current_database())"))
        return Size(int(total or 0), 0)
    page, pages, free = connection.execute(_PAGES).one()
    return Size(page * pages, page * free)


_PAGES = text(
    "SELECT page_size, page_count, freelist_count"
    " FROM pragma_page_size, pragma_page_count, pragma_freelist_count"
)


def refuse_growth(connection: Connection, max_bytes: int | None) -> None:
    """Raise DatabaseFullError where a transaction made a full database grow past its bound."""
    if max_bytes is not None:
        size = size_of(connection)
        if size.total_bytes > max_bytes and not size.free_bytes:
            raise DatabaseFullError(
                f"the database has the {max_bytes} bytes of max_size; housekeeping "
                "makes room within a minute"
            )
