"""The SQL of layouts."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from homelab_cmd.layouts.models import Layout


def find(session: Session, user_id: int, layout_id: str) -> Layout | None:
    """A person's layout of that page, or None."""
    return session.get(Layout, (user_id, layout_id))


def count(session: Session, user_id: int) -> int:
    """How many layouts a person has."""
    of_user = select(func.count()).select_from(Layout).where(Layout.user_id == user_id)
    return session.scalar(of_user) or 0


def add(session: Session, layout: Layout) -> None:
    """Keep a new layout."""
    session.add(layout)


def remove(session: Session, user_id: int, layout_id: str) -> None:
    """Forget a person's layout of that page, if there is one."""
    session.execute(delete(Layout).where(Layout.user_id == user_id, Layout.layout_id == layout_id))
