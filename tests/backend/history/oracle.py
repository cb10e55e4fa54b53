"""History by brute force: plain Python over every accepted sample, nothing kept in between.

Written apart from the engines, from the rules alone, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from homelab_agent.contract import FAMILIES, Family, Field, Role
from homelab_cmd.history.interface import Heartbeat, Outcome

ASSUMED_INTERVAL_MS = 60_000
DAY_MS = 86_400_000
DEFAULT_LIMIT = {"bytes": 125e6, "packets": 1.488e6}
BITS = {"bytes": 8, "packets": 672}

Window = dict[str, Any]


class Oracle:
    """Takes heartbeats in any order and knows what every range comes to."""

    def __init__(self) -> None:
        self._accepted: dict[tuple[int, int], Heartbeat] = {}

    def append(self, batch: Iterable[Heartbeat]) -> list[Outcome]:
        return [self._append(heartbeat) for heartbeat in batch]

    def _append(self, heartbeat: Heartbeat) -> Outcome:
        place = (heartbeat.server_key, heartbeat.time_ms)
        held = self._accepted.get(place)
        if held is None:
            self._accepted[place] = heartbeat
            return Outcome.STORED
        if heartbeat.sequence in (None, held.sequence):
            return Outcome.REPEATED
        return Outcome.TIME_TAKEN

    def accepted(self) -> list[Heartbeat]:
        return list(self._accepted.values())

    def keys(self, server_key: int, family: Family) -> list[str]:
        found = set()
        for heartbeat in self._accepted.values():
            if heartbeat.server_key == server_key:
                for row in heartbeat.rows.get(family.name, ()):
                    found.add(getattr(row, family.key.name) if family.key else "")
        return sorted(found)

    def samples(self, server_key: int, family: Family, key: str) -> list[dict[str, Any]]:
        """Every sample of a series by time; `time`, `boot` and `interval` beside its values."""
        found = []
        for place in sorted(self._accepted):
            heartbeat = self._accepted[place]
            if place[0] != server_key:
                continue
            for row in heartbeat.rows.get(family.name, ()):
                if family.key is None or getattr(row, family.key.name) == key:
                    sample = {field.name: getattr(row, field.name) for field in family.values}
                    gate = family.gate
                    if gate and sample[gate.name] != gate.spec.counts:
                        sample = {n: v if n == gate.name else None for n, v in sample.items()}
                    sample["time"] = heartbeat.time_ms
                    sample["boot"] = heartbeat.boot_id
                    sample["interval"] = heartbeat.interval_ms or ASSUMED_INTERVAL_MS
                    found.append(sample)
        return found

    def windows(
        self,
        server_key: int,
        family: Family,
        key: str,
        step_ms: int,
        start_ms: int = 0,
        end_ms: int = 2**62,
    ) -> dict[int, Window]:
        """By start every window that has a sample in the range."""
        samples = self.samples(server_key, family, key)
        result: dict[int, Window] = {}
        for index, sample in enumerate(samples):
            if start_ms <= sample["time"] < end_ms:
                start = sample["time"] // step_ms * step_ms
                window = result.setdefault(start, empty_window(family))
                before = samples[index - 1] if index else None
                if before is not None and sample["time"] - before["time"] > DAY_MS:
                    before = None  # after such a silence a sample is compared with nothing
                add_sample(family, window, before, sample)
        return result


def empty_window(family: Family) -> Window:
    window: Window = {}
    for field in family.values:
        if field.role is Role.GAUGE:
            parts: tuple[Any, ...] = ("sum", "count", None, "min", "max", "last")
        elif field.role is Role.COUNTER:
            parts = ("increase", "seconds", "resets", None, "last")
        elif field.role is Role.STATE:
            parts = ("seconds", "covered", "changes", None, "last")
        else:
            continue
        cut = parts.index(None)
        window.update({f"{field.name}.{part}": 0 for part in parts[:cut]})
        window.update({f"{field.name}.{part}": None for part in parts[cut + 1 :]})
    return window


def add_sample(
    family: Family, window: Window, before: dict[str, Any] | None, sample: dict[str, Any]
) -> None:
    for field in family.values:
        value, name = sample[field.name], field.name
        if value is None or field.role is Role.LABEL:
            continue
        window[f"{name}.last"] = value
        if field.role is Role.GAUGE:
            window[f"{name}.sum"] += value
            window[f"{name}.count"] += 1
            for part, choose in (("min", min), ("max", max)):
                known = window[f"{name}.{part}"]
                window[f"{name}.{part}"] = value if known is None else choose(known, value)
        elif field.role is Role.COUNTER:
            flag, rise = compare(family, field, before, sample)
            window[f"{name}.resets"] += flag == "reset"
            if rise is not None and before is not None:
                window[f"{name}.increase"] += rise
                window[f"{name}.seconds"] += (sample["time"] - before["time"]) / 1_000
        else:
            seconds = standing_for(before, sample) / 1_000
            window[f"{name}.covered"] += seconds
            window[f"{name}.seconds"] += seconds if value == field.spec.counts else 0
            changed = before is not None and before[name] is not None and before[name] != value
            window[f"{name}.changes"] += changed


def is_gap(before: dict[str, Any], sample: dict[str, Any]) -> bool:
    slower = max(before["interval"], sample["interval"])
    return bool(sample["time"] - before["time"] > 3 * slower)


def standing_for(before: dict[str, Any] | None, sample: dict[str, Any]) -> int:
    """The milliseconds a sample's states stand for."""
    if before is None or is_gap(before, sample):
        return int(sample["interval"])
    return int(sample["time"] - before["time"])


def compare(
    family: Family, field: Field, before: dict[str, Any] | None, sample: dict[str, Any]
) -> tuple[str, float | None]:
    """The flag of a counter's sample, and what it rose by, None where that is not known."""
    if before is None:
        return "ok", None
    calm = "gap" if is_gap(before, sample) else "ok"
    old, new = before[field.name], sample[field.name]
    if old is None or new is None:
        return calm, None
    limit = fastest(family, field, sample)
    if limit is not None:
        limit = limit * (sample["time"] - before["time"]) / 1_000
    rebooted = None not in (before["boot"], sample["boot"]) and before["boot"] != sample["boot"]
    if new >= old and not rebooted:
        return calm, new - old
    around = new + 2**32 - old
    can_wrap = not rebooted and limit is not None and field.type is int and old < 2**32
    if can_wrap and around <= 2**31 and around <= limit:
        return "wrap", around
    return "reset", new if limit is None or new <= limit else None


def fastest(family: Family, field: Field, sample: dict[str, Any]) -> float | None:
    """The plausible rise per second of a counter."""
    unit = field.spec.unit
    if unit not in DEFAULT_LIMIT:
        return None
    for other in family.fields:
        if other.spec.unit == "bits_per_second" and sample[other.name]:
            return float(sample[other.name] / BITS[unit])
    return DEFAULT_LIMIT[unit]


def all_series(oracle: Oracle, server_keys: Sequence[int]) -> list[tuple[int, Family, str]]:
    return [
        (server_key, family, key)
        for server_key in server_keys
        for family in FAMILIES
        for key in oracle.keys(server_key, family)
    ]
