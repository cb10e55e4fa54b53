"""What an installation's settings say about its history."""

from __future__ import annotations

from homelab_cmd.db.database import Database
from homelab_cmd.errors import StartupError
from homelab_cmd.history.engines import engine_in_use
from homelab_cmd.history.rows.hypertables import Layout, arrange
from homelab_cmd.settings import Settings


def choose_engine(settings: Settings, database: Database) -> str:
    """The name of the engine that keeps the installation's history.

    Raises StartupError where another one than the settings ask for has history already: it would
    not be seen.
    """
    with database.connect() as connection:
        in_use = engine_in_use(connection)
    wanted = settings.history or in_use or ("chunks" if database.is_sqlite else "rows")
    if in_use not in (None, wanted):
        raise StartupError(
            f"This database's history is kept by the engine {in_use!r}: set "
            f"HOMELAB_CMD_HISTORY={in_use}, or leave it out."
        )
    return wanted


def arrange_tables(settings: Settings, database: Database) -> None:
    """Lay the tables out as the settings say, where TimescaleDB is. After the migrations."""
    arrange(database.engine, _layout_of(settings))


def _layout_of(settings: Settings) -> Layout:
    return Layout(settings.timescale_chunk_days, settings.timescale_pack_after_days)


def check_bound(settings: Settings) -> None:
    """Raises StartupError for a bound on PostgreSQL, whose files do not shrink as rows go."""
    if settings.max_size and not settings.is_sqlite:
        raise StartupError(
            "HOMELAB_CMD_MAX_SIZE bounds a SQLite file; on PostgreSQL shorten "
            "HOMELAB_CMD_RETENTION_RAW_DAYS instead."
        )
