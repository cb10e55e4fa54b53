"""Hide rules: listed, tried, made and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from homelab_cmd.clock import iso, now_ms
from homelab_cmd.errors import Conflict, NotFound
from homelab_cmd.families import family_by_name
from homelab_cmd.hiding import repository
from homelab_cmd.hiding.models import HideRule
from homelab_cmd.hiding.rules import Rule, Rules
from homelab_cmd.servers import service as servers
from homelab_cmd.servers.snapshots import Snapshots

MAX_RULES = 200
MAX_PREVIEWED = 200


@dataclass(frozen=True, slots=True)
class Reported:
    """A series that its server's newest report holds."""

    server_key: int
    server_id: str
    key: str


def list_rules(session: Session, snapshots: Snapshots) -> list[dict[str, Any]]:
    """All rules by family and pattern, each with how much it hides now."""
    reported: dict[str, list[Reported]] = {}
    described = []
    for rule, server_id in repository.listed(session):
        if rule.family not in reported:
            reported[rule.family] = list(_reported(session, snapshots, rule.family))
        applied = Rule(rule.family, rule.pattern, rule.server_key)
        hides = sum(
            applied.hides(one.server_key, rule.family, one.key) for one in reported[rule.family]
        )
        described.append(_described(rule, server_id, hides))
    return described


def preview(
    session: Session, snapshots: Snapshots, family: str, pattern: str, server_id: str | None
) -> dict[str, Any]:
    """What such a rule would hide now. Raises NotFound for an unknown server."""
    rule = Rule(family, pattern, _key_of(session, server_id))
    held = repository.load(session.connection())
    asked = [
        one
        for one in _reported(session, snapshots, family)
        if rule.server_key in (None, one.server_key)
    ]
    matched = [one for one in asked if rule.hides(one.server_key, family, one.key)]
    return {
        "matched": len(matched),
        "total": len(asked),
        "series": [
            {
                "server_id": one.server_id,
                "key": one.key,
                "hidden_already": held.hides(one.server_key, family, one.key),
            }
            for one in matched[:MAX_PREVIEWED]
        ],
    }


def create_rule(
    session: Session, family: str, pattern: str, server_id: str | None, *, actor: str
) -> HideRule:
    """A new rule. Raises NotFound for an unknown server, Conflict where there is such a rule."""
    wanted = Rule(family, pattern, _key_of(session, server_id))
    if repository.find_same(session, wanted) is not None:
        raise Conflict(f"pattern: there is a rule for {pattern!r} already.", code="RULE_EXISTS")
    if repository.count(session) >= MAX_RULES:
        raise Conflict(
            f"There are {MAX_RULES} hide rules; delete one before you make another.",
            code="TOO_MANY_RULES",
        )
    rule = HideRule(
        family=wanted.family,
        pattern=wanted.pattern,
        server_key=wanted.server_key,
        created_at_ms=now_ms(),
        created_by=actor,
    )
    repository.add(session, rule)
    return rule


def delete_rule(session: Session, rule_id: int) -> HideRule:
    """Show again what the rule hid. Raises NotFound."""
    rule = repository.get(session, rule_id)
    if rule is None:
        raise NotFound("There is no such hide rule.")
    repository.remove(session, rule)
    return rule


def load_rules(session: Session) -> Rules:
    """The rules, to be applied to what is no snapshot."""
    return repository.load(session.connection())


def _key_of(session: Session, server_id: str | None) -> int | None:
    return None if server_id is None else servers.get_server(session, server_id).id


def _reported(session: Session, snapshots: Snapshots, family: str) -> Iterator[Reported]:
    named = servers.named_servers(session)
    newest = snapshots.get_many(session.connection(), [key for key, _, _ in named])
    field = family_by_name(family).key
    if field is None:
        return
    for (server_key, server_id, _), snapshot in zip(named, newest, strict=True):
        for row in snapshot.rows.get(family, ()):
            yield Reported(server_key, server_id, getattr(row, field.name))


def _described(rule: HideRule, server_id: str | None, hides: int) -> dict[str, Any]:
    return {
        "id": rule.id,
        "family": rule.family,
        "pattern": rule.pattern,
        "server_id": server_id,
        "hides": hides,
        "created_at": iso(rule.created_at_ms),
        "created_by": rule.created_by,
    }
