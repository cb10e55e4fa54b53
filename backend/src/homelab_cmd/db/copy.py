"""Writing many rows to PostgreSQL at once: COPY in its binary format, packed here.

https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". psycopg can pack rows as
well, a value at a time; a row in one call of `struct` takes a third of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from struct import Struct
from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import BigInteger, Boolean, Double, Integer, LargeBinary, String, TypeEngine

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
# Small enough for the database to be at the first rows while the next are packed.
_BYTES_PER_MESSAGE = 1 << 15

# The order matters: BigInteger is an Integer.
_FIXED: tuple[tuple[type[TypeEngine[Any]], str, int], ...] = (
    (BigInteger, "q", 8),
    (Integer, "i", 4),
    (Double, "d", 8),
    (Boolean, "?", 1),
)


class RowPacker:
    """Packs rows of these columns' types: the length of each value before it, -1 for null."""

    def __init__(self, types: Sequence[TypeEngine[Any]]) -> None:
        kinds = [_kind(each) for each in types]
        self._codes = [code for code, _ in kinds]
        self._sizes = [size for _, size in kinds]
        self._texts = [place for place, code in enumerate(self._codes) if code == "text"]
        self._layouts: dict[tuple[int, ...], tuple[Struct, tuple[bool, ...]]] = {}

    def pack(self, row: Sequence[Any]) -> bytes:
        """One row, its values in the order of the columns."""
        values = list(row)
        for place in self._texts:
            if values[place] is not None:
                values[place] = values[place].encode()
        sizes = tuple(
            [
                -1 if value is None else size or len(value)
                for size, value in zip(self._sizes, values, strict=True)
            ]
        )
        layout = self._layouts.get(sizes)
        if layout is None:
            layout = self._layouts[sizes] = self._layout(sizes)
        struct, present = layout
        parts: list[Any] = [None] * (2 * len(values))
        parts[::2] = sizes
        parts[1::2] = values
        return struct.pack(len(values), *compress(parts, present))

    def _layout(self, sizes: tuple[int, ...]) -> tuple[Struct, tuple[bool, ...]]:
        """The form of rows with these sizes, and which of sizes and values stand in it."""
        form, present = ">h", []
        for code, fixed, size in zip(self._codes, self._sizes, sizes, strict=True):
            form += "i" if size < 0 else f"i{code}" if fixed else f"i{size}s"
            present += [True, size >= 0]
        return Struct(form), tuple(present)


def copy_rows(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    packer: RowPacker,
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert rows in the connection's transaction; `names` are the columns of their values.

    Raises DBAPIError, as SQLAlchemy does where it is asked.
    """
    columns = ", ".join(names)
    statement = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT BINARY)"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            buffer = bytearray(_HEADER)
            for row in rows:
                buffer += packer.pack(row)
                if len(buffer) > _BYTES_PER_MESSAGE:
                    copy.write(bytes(buffer))
                    buffer.clear()
            copy.write(bytes(buffer) + _TRAILER)
    except driver_error(connection) as error:
        raise DBAPIError(statement, None, error) from error


def driver_error(connection: Connection) -> type[Exception]:
    """What everything derives from that the driver raises."""
    driver = connection.dialect.loaded_dbapi
    return cast("type[Exception]", driver.Error)


def _kind(declared: TypeEngine[Any]) -> tuple[str, int]:
    """`struct`'s code of a value, and its size; "text" or "bytes" and 0 where that varies."""
    for known, code, size in _FIXED:
        if isinstance(declared, known):
            return code, size
    if isinstance(declared, String):
        return "text", 0
    if isinstance(declared, LargeBinary):
        return "bytes", 0
    raise TypeError(f"no binary form of {declared!r} is known here")
