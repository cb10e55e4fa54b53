"""The health of drives, by smartctl, where the agent may ask it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from homelab_agent.commands import output_of
from homelab_agent.contract import SMART, Smart
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers

EVERY_SECONDS = 1_800
_COMMAND_SECONDS = 30
_DRIVE = re.compile(r"sd[a-z]+|nvme\d+n\d+|hd[a-z]")
# A disk that sleeps is told so by the drive itself, and left asleep.
_COMMAND = ("smartctl", "-j", "-n", "standby", "-iHA")
_ASLEEP = re.compile(r"in (?:STANDBY|SLEEP|IDLE\w*) ", re.IGNORECASE)
# ATA attributes by number, and what is left of an SSD by the names that makers gave it.
_REALLOCATED, _UNCORRECTABLE, _PENDING, _INTERFACE = 5, 187, 197, 199
_LIFE_LEFT = frozenset(
    (
        *("SSD_Life_Left", "Media_Wearout_Indicator", "Wear_Leveling_Count"),
        *("Percent_Lifetime_Remain", "Remaining_Lifetime_Perc"),
    )
)


@dataclass(frozen=True)
class Answer:
    """What smartctl says of a drive; no row where it may not be asked, or has nothing to say."""

    asleep: bool = False
    row: Smart | None = None


class SmartCollector:
    """Every drive, twice an hour; one that sleeps keeps what it said before."""

    family = SMART

    def __init__(self, workers: Workers) -> None:
        self._answers: Seldom[dict[str, Smart]] = Seldom("smartctl", workers, EVERY_SECONDS, {})
        self._before: dict[str, Smart] = {}

    def collect(self, host: Host) -> list[Smart]:
        """What the drives said last; each drive once, however many paths lead to it."""
        # Of another root, the devices would be of the wrong host.
        if host.moved:
            return []
        found = self._answers.latest(partial(self._ask, host))
        return list({row.drive: row for row in found.values()}.values())

    def _ask(self, host: Host) -> dict[str, Smart]:
        self._before = ask(host, self._before)
        return self._before


def ask(host: Host, before: dict[str, Smart]) -> dict[str, Smart]:
    """Ask every drive; one that sleeps has the row that it had before. Raises OSError."""
    rows = {}
    for device in host.entries(host.sys_path("block")):
        if _DRIVE.fullmatch(device) is None:
            continue
        text = output_of((*_COMMAND, f"/dev/{device}"), _COMMAND_SECONDS)[1]
        answer = parse_smartctl(text, device)
        row = before.get(device) if answer.asleep else answer.row
        if row is not None:
            rows[device] = row
    return rows


def parse_smartctl(text: bytes, device: str) -> Answer:
    """What `smartctl -j -n standby -iHA` writes."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Answer()
    if not isinstance(document, dict):
        return Answer()
    messages = _within(document, "smartctl").get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and _ASLEEP.search(str(message.get("string"))):
            return Answer(asleep=True)
    model = document.get("model_name") or document.get("scsi_model_name")
    passed = _within(document, "smart_status").get("passed")
    serial = document.get("serial_number")
    if not isinstance(model, str) or not isinstance(passed, bool):
        return Answer()
    name = f"{model} {serial}" if isinstance(serial, str) else f"{model} {device}"
    hours = _count(_within(document, "power_on_time").get("hours"))
    row = Smart(
        drive=printable(name.encode("utf-8", "replace"), 128),
        device=printable(device.encode(), 64),
        state="passed" if passed else "failed",
        power_on_seconds=None if hours is None else min(hours * 3_600, MAX_INTEGER),
        celsius=_celsius(_within(document, "temperature").get("current")),
        **_wear_and_errors(document),
    )
    return Answer(row=row)


def _wear_and_errors(document: dict[str, Any]) -> dict[str, Any]:
    nvme = _within(document, "nvme_smart_health_information_log")
    if nvme:
        return {
            "wear_percent": _percent(nvme.get("percentage_used")),
            "spare_percent": _percent(nvme.get("available_spare")),
            "uncorrectable_errors": _count(nvme.get("media_errors")),
        }
    table = _within(document, "ata_smart_attributes").get("table")
    attributes = [one for one in table if isinstance(one, dict)] if isinstance(table, list) else []
    raw = {
        one.get("id"): _count(_within(one, "raw").get("value"))
        for one in attributes
        if isinstance(one.get("id"), int)
    }
    # smartctl 7.4 works it out itself.
    wear = _percent(_within(document, "endurance_used").get("current_percent"))
    for one in attributes:
        left = _percent(one.get("value"))
        if wear is None and str(one.get("name")) in _LIFE_LEFT and left is not None:
            wear = max(100.0 - left, 0.0)
    defects = _count(document.get("scsi_grown_defect_list"))
    return {
        "wear_percent": wear,
        "reallocated_sectors": defects if defects is not None else raw.get(_REALLOCATED),
        "pending_sectors": raw.get(_PENDING),
        "uncorrectable_errors": raw.get(_UNCORRECTABLE),
        "interface_errors": raw.get(_INTERFACE),
    }


def _within(document: dict[str, Any], name: str) -> dict[str, Any]:
    inner = document.get(name)
    return inner if isinstance(inner, dict) else {}


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return min(value, MAX_INTEGER)


def _percent(value: object) -> float | None:
    count = _count(value)
    return float(count) if count is not None and count <= 255 else None


def _celsius(value: object) -> float | None:
    if not isinstance(value, (int, float)) or not -100 < value < 250:
        return None
    return float(value)
