"""The SQL of what admins set."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from homelab_cmd.keeping.limits import Saved
from homelab_cmd.keeping.models import SavedSetting

_ALL = select(SavedSetting.name, SavedSetting.value, SavedSetting.changed_at_ms).add_columns(
    SavedSetting.changed_by
)


def load(connection: Connection) -> dict[str, Saved]:
    """What is set, by the settings' names."""
    return {name: Saved(*rest) for name, *rest in connection.execute(_ALL)}


def save(session: Session, name: str, saved: Saved) -> None:
    """Set one, in place of what was set."""
    session.merge(
        SavedSetting(
            name=name,
            value=saved.value,
            changed_at_ms=saved.changed_at_ms,
            changed_by=saved.changed_by,
        )
    )


def remove(session: Session, name: str) -> None:
    """Have the default again."""
    session.execute(delete(SavedSetting).where(SavedSetting.name == name))
