"""The SQL of hide rules."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.orm import Session

from homelab_cmd.hiding.models import HideRule
from homelab_cmd.hiding.rules import Rule, Rules
from homelab_cmd.servers.models import Server

_RULES = select(HideRule.family, HideRule.pattern, HideRule.server_key)


def load(connection: Connection) -> Rules:
    """All rules, to be applied."""
    return Rules(Rule(*row) for row in connection.execute(_RULES))


def listed(session: Session) -> Sequence[tuple[HideRule, str | None]]:
    """All rules by family and pattern, each with its server's name; not of deleted servers."""
    rows = session.execute(
        select(HideRule, Server.server_id)
        .join(Server, Server.id == HideRule.server_key, isouter=True)
        .where(Server.deleted_at_ms.is_(None))
        .order_by(HideRule.family, HideRule.pattern, HideRule.id)
    )
    return [(rule, server_id) for rule, server_id in rows]


def count(session: Session) -> int:
    """How many rules there are."""
    return session.scalar(select(func.count()).select_from(HideRule)) or 0


def find_same(session: Session, rule: Rule) -> HideRule | None:
    """The rule that says the same already, or None."""
    return session.scalar(
        select(HideRule).where(
            HideRule.family == rule.family,
            HideRule.pattern == rule.pattern,
            HideRule.server_key.is_not_distinct_from(rule.server_key),
        )
    )


def get(session: Session, rule_id: int) -> HideRule | None:
    """The rule with that number, or None."""
    return session.get(HideRule, rule_id)


def add(session: Session, rule: HideRule) -> None:
    """Keep a new rule; it has its number then."""
    session.add(rule)
    session.flush()


def remove(session: Session, rule: HideRule) -> None:
    """Delete a rule."""
    session.execute(delete(HideRule).where(HideRule.id == rule.id))
