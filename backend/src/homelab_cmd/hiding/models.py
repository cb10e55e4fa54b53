"""The table of hide rules. Times are UTC milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from homelab_cmd.db.base import Base


class HideRule(Base):
    """A pattern for the keys of a family, on one server or, where none is named, on all."""

    __tablename__ = "hide_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(String(40))
    pattern: Mapped[str] = mapped_column(String(255))
    server_key: Mapped[int | None] = mapped_column(
        ForeignKey("servers.id", ondelete="CASCADE"), index=True
    )
    created_at_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(120))
