"""The thirty hosts: what they send is taken as it is, and every odd state is among it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from homelab_agent.contract import FAMILIES, Role
from homelab_cmd.ingest.decode import decode_heartbeat

from devtools.fleet.course import DAY, MONDAY
from devtools.fleet.heartbeats import due, heartbeats
from devtools.fleet.house import MACHINES
from devtools.fleet.machine import Machine

BEGAN = MONDAY + 2_968 * 7 * DAY + 3 * DAY + 50_000  # a Thursday afternoon of 2026
REPORTING = [machine for machine in MACHINES if not machine.never_reports]


@cache
def machine(name: str) -> Machine:
    return next(machine for machine in MACHINES if machine.id == name)


@cache
def sent(name: str, days: float = 8, interval: int = 900) -> list[dict[str, Any]]:
    """What a host sent until the fleet began to live."""
    start = BEGAN - int(days * DAY)
    return heartbeats(machine(name), due(machine(name), start, BEGAN, interval), interval, BEGAN)


def series(machine_id: str, payload: str, **wanted: Any) -> Iterator[dict[str, Any]]:
    for beat in sent(machine_id):
        for row in beat.get(payload, []):
            if all(row[field] == value for field, value in wanted.items()):
                yield {**row, "boot_id": beat["boot_id"], "timestamp": beat["timestamp"]}


def test_there_are_thirty_with_names_of_their_own() -> None:
    assert len(MACHINES) == 30
    assert len({machine.id for machine in MACHINES}) == 30


@pytest.mark.parametrize("name", [machine.id for machine in REPORTING])
def test_the_server_takes_all_of_it(name: str) -> None:
    for beat in sent(name)[::50]:
        decoded = decode_heartbeat(msgspec.json.encode(beat))
        assert decoded.rejected == []
        assert decoded.envelope.server_id == name


@pytest.mark.parametrize("name", [machine.id for machine in REPORTING])
def test_counters_rise_until_the_next_boot(name: str) -> None:
    for family in FAMILIES:
        counters = [field.name for field in family.values if field.role is Role.COUNTER]
        if family.key is None:
            continue
        before: dict[str, dict[str, Any]] = {}
        for beat in sent(name):
            for row in beat.get(family.payload, []):
                last = before.get(row[family.key.name])
                if last is not None and last["boot_id"] == beat["boot_id"]:
                    for field in counters:
                        rose = row[field] >= last[field]
                        wrapped = name == "old-switch" and last[field] > 2**31
                        assert rose or wrapped, (row, last)
                before[row[family.key.name]] = {**row, "boot_id": beat["boot_id"]}


@pytest.mark.parametrize("name", [machine.id for machine in REPORTING])
def test_filesystems_add_up(name: str) -> None:
    for beat in sent(name)[::20]:
        for row in beat.get("filesystems", []):
            assert row["used_bytes"] >= 0
            assert row["available_bytes"] >= 0
            assert row["used_bytes"] + row["available_bytes"] <= row["total_bytes"]


def test_a_heartbeat_is_the_same_in_any_batch() -> None:
    for name in ("nas", "docker", "laptop", "barn"):
        times = due(machine(name), BEGAN - 2 * DAY, BEGAN, 300)
        whole = heartbeats(machine(name), times, 300, BEGAN)
        for at in times[::60]:
            for beat in heartbeats(machine(name), np.array([at]), 300, BEGAN):
                assert beat in whole


def test_a_host_reports_at_its_interval() -> None:
    times = due(machine("nas"), 1_000, 2_000, 60)
    assert set(np.diff(times)) == {60}
    assert times[0] < 1_060
    assert list(due(machine("nas"), int(times[0]), int(times[1]), 60)) == [times[0]]


def test_the_odd_ones_are_odd() -> None:
    last = {machine.id: sent(machine.id)[-1] for machine in REPORTING if sent(machine.id)}
    rows = [row for beat in last.values() for row in beat["filesystems"]]
    assert {row.get("state", "ok") for row in rows} == {"ok", "stale", "missing"}
    assert any(row["read_only"] and row["percent"] < 100 for row in rows)
    assert any(row["read_only"] and row["percent"] == 100 for row in rows)
    assert any(row["percent"] > 98 for row in rows)
    assert any(row.get("inodes_used", 0) > 0.7 * row.get("inodes_total", 1) for row in rows)
    assert len(last["forty-disks"]["filesystems"]) == 40
    assert len(last["proxmox"]["network_interfaces"]) >= 40
    assert "temperatures" not in last["docker"]
    assert max(len(row["mount_point"]) for row in rows) > 180
    assert last["dns"]["collectors"]["disk"]["ok"] is False
    assert abs(last["new-york"]["clock_offset_seconds"]) > 60
    assert any(
        row["celsius"] >= row.get("critical_celsius", 1_000)
        for beat in sent("gaming")
        for row in beat["temperatures"]
    )
    assert sum(machine.paused for machine in MACHINES) == 1


def test_some_are_not_always_there() -> None:
    hours = {beat["timestamp"][11:13] for beat in sent("laptop")}
    assert hours <= {f"{hour:02d}" for hour in range(7, 18)}  # of UTC; the house is an hour east
    assert (
        len({beat["boot_id"] for beat in sent("laptop")}) == 7
    )  # weekdays of eight days and a bit
    assert {f"{hour:02d}" for hour in range(6)}.isdisjoint(
        beat["timestamp"][11:13] for beat in sent("workstation")
    )
    missed = 1 - len(sent("attic")) / len(sent("dns"))
    assert 0.06 < missed < 0.14
    assert len({beat["boot_id"] for beat in sent("barn")}) >= 2
    assert len(sent("barn")) < len(sent("dns"))
    assert len(sent("fresh")) == pytest.approx(4 * DAY / 900, abs=1)
    quiet = sent("old-tower")[-1]["timestamp"]
    assert quiet < sent("dns")[-1]["timestamp"][:10]


def test_the_store_fills_and_one_can_say_when() -> None:
    tank = list(series("nas", "filesystems", mount_point="/tank"))
    assert 90 < tank[-1]["percent"] < 98
    grown = tank[-1]["used_bytes"] - tank[0]["used_bytes"]
    assert grown == pytest.approx(8 * 88 * 2**30, rel=0.1)


def test_a_backup_jumped_and_scratch_empties() -> None:
    backup = [row["percent"] for row in series("backup", "filesystems", mount_point="/backup")]
    assert max(np.diff(backup)) > 15
    scratch = [row["used_bytes"] for row in series("kube-1", "filesystems", mount_point="/scratch")]
    assert scratch[-1] < scratch[0]


def test_containers_come_and_go() -> None:
    names = [
        {row["name"] for row in beat["network_interfaces"] if row["kind"] == "veth"}
        for beat in sent("docker")
    ]
    assert {len(found) for found in names} == {23}
    assert len(set().union(*names)) > 60


def test_narrow_counters_wrap() -> None:
    counted = [row["rx_bytes"] for row in series("old-switch", "network_interfaces", name="eth0")]
    assert max(counted) < 2**32
    assert min(np.diff(counted)) < -(2**31)
