"""Every declared family reaches every place that is derived from it, end to end.

A family that is declared and not migrated, collected or documented fails here; one without a
widget fails `tsc`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homelab_agent.collectors import every_collector
from homelab_agent.contract import FAMILIES, Envelope, Family, Field, Role
from homelab_agent.mounts import Selection
from homelab_agent.workers import Workers
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.rows.tables import TABLES
from homelab_cmd.history.tiers import TIERS
from homelab_cmd.servers.models import snapshot_column
from homelab_cmd.servers.schemas import ServerFacts
from sqlalchemy import inspect

from tests.backend.conftest import *  # noqa: F403 - the same server, the same clients

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def sample(field: Field) -> Any:
    """A value that the field accepts, none of them its default."""
    if field.choices:
        return str(field.spec.counts)
    return {str: f"a-{field.name}"[:20], int: 42, float: 12.5, bool: True}[field.type]


def row(family: Family) -> dict[str, Any]:
    return {field.name: sample(field) for field in family.fields}


@each_family
def test_an_agent_collects_it(family: Family) -> None:
    collectors = every_collector(Workers(), Selection(), deadline_seconds=1)
    assert [collector.family for collector in collectors].count(family) == 1


def test_its_tables_are_migrated(anonymous: TestClient) -> None:
    found = inspect(anonymous.app.state.database.engine)  # type: ignore[attr-defined]  # an ASGI app
    for family in FAMILIES:
        for tier in TIERS:
            table = TABLES[family.name][tier.name]
            columns = {column["name"] for column in found.get_columns(table.name)}
            assert columns == {column.name for column in table.columns}, family.name


def test_its_numbers_and_units_are_documented(anonymous: TestClient) -> None:
    schemas = anonymous.get("/openapi.json").json()["components"]["schemas"]
    for family in FAMILIES:
        documented = schemas[family.row.__name__]["properties"]
        for field in family.fields:
            assert documented[field.name]["x-kind"] == field.role.value
            if field.role in (Role.GAUGE, Role.COUNTER):
                assert documented[field.name]["x-unit"] == field.spec.unit != ""
        assert snapshot_column(family) in schemas["ServerDetail"]["properties"]


def test_a_row_comes_back_as_snapshot_and_as_history(agent: TestClient, person: TestClient) -> None:
    sent = {family.name: row(family) for family in FAMILIES}
    start_ms = now_ms() - 20_000
    for offset_ms in (0, 10_000):
        heartbeat = {
            "server_id": "nas",
            "hostname": "nas",
            "timestamp": iso(start_ms + offset_ms),
            "interval_seconds": 10,
        } | {
            family.payload: [sent[family.name]] if family.key else sent[family.name]
            for family in FAMILIES
        }
        answer = agent.post("/api/v1/agents/heartbeat", json=heartbeat)
        assert answer.json()["rejected"] == []
    shown = person.get("/api/v1/servers/nas").json()
    for family in FAMILIES:
        one = sent[family.name]
        assert shown[snapshot_column(family)] == ([one] if family.key else one)
        query = {"period": "5m"} | ({family.key.name: one[family.key.name]} if family.key else {})
        history = person.get(f"/api/v1/metrics/sparkline/nas/{family.name}", params=query)
        assert history.status_code == 200, history.text
        points = history.json()["data"]
        assert len(points) == 2, family.name
        shown_values = {name: points[-1][name] for name in points[-1].keys() & one.keys()}
        assert shown_values, family.name
        assert shown_values.items() <= one.items()


def test_names_are_used_once() -> None:
    for names in (
        [family.name for family in FAMILIES],
        [family.payload for family in FAMILIES],
        [family.table for family in FAMILIES],
        [family.index for family in FAMILIES],
        # Beside the facts of a heartbeat and of a server.
        [snapshot_column(family) for family in FAMILIES] + list(ServerFacts.model_fields),
        [family.payload for family in FAMILIES] + [field.name for field in fields(Envelope)],
    ):
        assert len(names) == len(set(names))
