"""The table of layouts. Times are UTC milliseconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from homelab_cmd.db.base import Base


class Layout(Base):
    """One person's arrangement of one page; `widgets` holds `schemas.Placement`s as JSON."""

    __tablename__ = "layouts"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    layout_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    widgets: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    updated_at_ms: Mapped[int] = mapped_column(BigInteger)
