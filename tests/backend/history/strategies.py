"""Generated histories: hosts that come and go, counters that restart and wrap, rows that change."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

from homelab_agent.contract import Filesystem, HostMetrics, NetworkInterface
from homelab_cmd.history.interface import Heartbeat
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

# The suite's cases are few; the full form sets HOMELAB_TEST_CASES=10000. Shrinking takes minutes,
# so that it is left to whoever looks for the cause: HOMELAB_TEST_SHRINK=1.
_PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
many = settings(
    phases=[*_PHASES, Phase.shrink] if os.environ.get("HOMELAB_TEST_SHRINK") else _PHASES,
    max_examples=int(os.environ.get("HOMELAB_TEST_CASES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

DAY_MS = 86_400_000
# A little before a UTC midnight, so that windows of every tier end within a few steps.
START_MS = 20_500 * DAY_MS - 95_000

# Milliseconds to the next heartbeat: on time, late, missed, off for a while, for a night, for days.
_PACES = (10_000, 10_003, 9_997, 20_000, 30_001, 61_000, 600_000, 3_700_000, 40_000_000, 90_000_000)


@dataclass(frozen=True)
class Step:
    """What happens between a heartbeat and the next."""

    pause_ms: int
    reboot: bool
    rx: int  # what the interface received; negative: the counter restarts at its absolute
    tx: int
    used: int
    cpu: float | None
    state: str
    interfaces: int  # how many of them report
    interval_ms: int | None
    speed: int | None


def steps(longest: int = 25) -> st.SearchStrategy[list[Step]]:
    step = st.builds(
        Step,
        pause_ms=st.sampled_from(_PACES),
        reboot=st.sampled_from([False] * 9 + [True]),
        rx=st.one_of(
            st.integers(0, 10**9), st.sampled_from([-1, -(10**7), 2**31 - 1, 2**32 - 5, 2**40])
        ),
        tx=st.integers(0, 10**6),
        used=st.integers(0, 2**53),
        cpu=st.one_of(st.none(), st.floats(0, 100, width=32)),
        state=st.sampled_from(["ok", "ok", "ok", "stale", "missing"]),
        interfaces=st.integers(0, 2),
        interval_ms=st.sampled_from([10_000, 10_000, 10_000, 60_000, None]),
        speed=st.sampled_from([None, None, 10**9, 10**8]),
    )
    return st.lists(step, min_size=1, max_size=longest)


def heartbeats(server_key: int, story: list[Step], start_ms: int = START_MS) -> list[Heartbeat]:
    """The heartbeats of a story, in order."""
    time_ms, boot, rx, tx = start_ms, 0, 2**32 - 10**8, 0
    told = []
    for sequence, step in enumerate(story):
        time_ms += step.pause_ms
        boot += step.reboot
        rx = abs(step.rx) if step.reboot or step.rx < 0 else (rx + step.rx) % 2**62
        if rx > 2**32 and step.tx % 7 == 0:
            rx -= 2**32  # a 32-bit counter comes round
        tx = step.tx if step.reboot else tx + step.tx
        rows: dict[str, list[Any]] = {
            "host": [HostMetrics(cpu_percent=step.cpu, context_switches=tx)],
            "filesystem": [
                Filesystem(
                    "/",
                    "/dev/sda1",
                    "ext4",
                    2**60,
                    step.used,
                    5,
                    1.5,
                    state=step.state,  # type: ignore[arg-type]  # drawn from the choices
                    read_only=step.used % 3 == 0,
                )
            ],
            "network_interface": [
                NetworkInterface(
                    f"eth{number}",
                    rx,
                    tx,
                    rx // 1_000,
                    tx // 1_000,
                    step.used % 2 == 0,
                    speed_bits_per_second=step.speed,
                )
                for number in range(step.interfaces)
            ],
        }
        told.append(
            Heartbeat(server_key, time_ms, sequence, f"boot-{boot}", step.interval_ms, rows)
        )
    return told


def same(found: Any, expected: Any) -> bool:
    """Equal; floats but for the order in which they were added up."""
    if isinstance(found, float) and expected is not None:
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == expected)
