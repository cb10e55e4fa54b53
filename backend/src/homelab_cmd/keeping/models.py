"""The table of what admins set. Times are UTC milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from homelab_cmd.db.base import Base


class SavedSetting(Base):
    """A number in place of a default; one from the environment goes before it."""

    __tablename__ = "saved_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    changed_at_ms: Mapped[int] = mapped_column(BigInteger)
    changed_by: Mapped[str] = mapped_column(String(120))
