"""Drives' health, from what smartctl wrote of real drives."""

import json
import os
from pathlib import Path

import pytest
from homelab_agent.collectors.smart import Answer, SmartCollector, ask, parse_smartctl
from homelab_agent.contract import Smart
from homelab_agent.contract.smart import severity
from homelab_agent.host import Host
from homelab_agent.workers import Workers

ANSWERS = Path(__file__).parents[2] / "fixtures/smartctl"
HOUR = 3_600


def drive(name: str) -> Smart:
    row = parse_smartctl((ANSWERS / f"{name}.json").read_bytes(), "sda").row
    assert row is not None
    return row


def test_a_hard_disk() -> None:
    assert drive("hard-disk") == Smart(
        drive="WDC WD20EFRX-68EUZN0 WD-WCC4M0000001",
        device="sda",
        state="passed",
        power_on_seconds=47657 * HOUR,
        reallocated_sectors=0,
        pending_sectors=0,
        interface_errors=0,
        celsius=34.0,
    )


def test_an_ssd_is_used_up_by_two_percent() -> None:
    ssd = drive("ssd")
    assert (ssd.wear_percent, ssd.uncorrectable_errors, ssd.interface_errors) == (2.0, 0, 0)


def test_an_nvme() -> None:
    nvme = drive("nvme")
    assert (nvme.wear_percent, nvme.spare_percent, nvme.uncorrectable_errors) == (16.0, 100.0, 0)
    assert nvme.power_on_seconds == 10423 * HOUR


def test_a_sas_disk() -> None:
    sas = drive("sas")
    assert (sas.drive, sas.reallocated_sectors) == ("HITACHI H109060SESUN600G 001234N00001", 0)


def test_one_that_sleeps() -> None:
    assert parse_smartctl((ANSWERS / "asleep.json").read_bytes(), "sdb") == Answer(asleep=True)


def test_newer_smartctl_knows_the_wear_itself() -> None:
    document = json.loads((ANSWERS / "ssd.json").read_bytes())
    document["endurance_used"] = {"current_percent": 7}
    row = parse_smartctl(json.dumps(document).encode(), "sda").row
    assert row is not None
    assert row.wear_percent == 7


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"smartctl": {"messages": [{"string": "Permission denied"}]}}',
        b'{"model_name": "a", "smart_status": {"passed": 1}}',
        b'{"model_name": 7, "smart_status": {"passed": true}}',
    ],
)
def test_nothing_to_say(text: bytes) -> None:
    assert parse_smartctl(text, "sda") == Answer()


def test_odd_values_cost_themselves_alone() -> None:
    text = (
        b'{"model_name": "a", "smart_status": {"passed": false}, "temperature": {"current": "x"},'
        b' "power_on_time": {"hours": -1}, "ata_smart_attributes": {"table": [1, {"id": 197,'
        b' "raw": {"value": true}}, {"id": [], "raw": []}]}, "serial_number": 5}'
    )
    assert parse_smartctl(text, "sda").row == Smart("a sda", "sda", "failed")


def test_drives_are_asked_and_sleepers_keep_what_they_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sda", "sdb", "loop0", "dm-0", "md0", "nvme0n1"):
        (tmp_path / "sys/block" / name).mkdir(parents=True)
    smartctl = tmp_path / "smartctl"

    def answers(sda: str) -> None:
        smartctl.write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncase "$5" in\n'
            f"/dev/sda) cat {ANSWERS}/{sda}.json ;;\n"
            f"/dev/nvme0n1) cat {ANSWERS}/nvme.json ;;\n*) exit 2 ;;\nesac\n"
        )
        smartctl.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    host = Host("/proc", str(tmp_path / "sys"))
    answers("hard-disk")
    awake = ask(host, {})
    assert list(awake) == ["nvme0n1", "sda"]
    answers("asleep")
    assert ask(host, awake) == awake
    assert list(ask(host, {})) == ["nvme0n1"]
    assert [row.device for row in SmartCollector(Workers()).collect(host)] == ["nvme0n1"]
    assert (tmp_path / "asked").read_text().splitlines()[0] == ("-j -n standby -iHA /dev/nvme0n1")
    assert SmartCollector(Workers()).collect(Host(proc=str(tmp_path))) == []


@pytest.mark.parametrize(
    "row, bad",
    [
        (Smart("a", "sda", "passed", reallocated_sectors=8), None),
        (Smart("a", "sda", "passed", pending_sectors=1), "warning"),
        (Smart("a", "sda", "passed", wear_percent=100.0), "warning"),
        (Smart("a", "sda", "failed"), "critical"),
    ],
)
def test_what_is_bad_for_the_host(row: Smart, bad: str | None) -> None:
    assert severity(row) == bad
