"""Workload "home": synthetic homelab data with a fixed seed, as plain arrays.

MODEL (per host; 20 hosts make 1,360 series; every 30 s for 7 days: 20,160 samples a series,
27,417,600 in all)

 time      t[i] = T0 + phase(host) + 30000 * i ms; phase ~ U(0, 30000) ms; an exact cadence.
           jitter=J adds round(N(0, J)) ms to each sample, shared by all series of a host.
 diurnal   d(t) = 1 + 0.5 * sin(2 * pi * (t / day) + phi_host)
 fs (8)    total: constant, a multiple of 4096 (32 MB to 8 TB, log-uniform)
           used: fs0,1 constant; fs2,3,4 change with probability 2 % a sample by
           4096 * Geometric(mean 500) * (+1 with probability 0.6, else -1); fs5,6 change with 30 %
           by 4096 * Geometric(mean 2000) * (+ or -); fs7 jumps at night (a backup at 02:00,
           +2 to 6 % of total, trimmed the next day)
           inodes_used: moves by + or - Poisson(3) exactly when `used` moves
 if (6)    rx_bytes, tx_bytes, rx_packets, tx_packets: monotonic integer counters.
           if0,1 busy: packets a step ~ Poisson(lognormal(mu=7, s=1.0) * d), bytes = packets *
           U(80..1400); if2,3 light: packets ~ Poisson(lognormal(2.5, 0.8)); if4,5 idle: 0 for ever
 host (20) cpu user, system, iowait: AR(1) a=0.9 around (6, 2, 0.5) * d, sigma (3, 1, 0.4), clipped
           to 0..100, spikes with 0.5 % of +U(10, 80), rounded to 0.01; steal = 0
           load1: EWMA of (user + system) / 12; load5, load15 slower; rounded to 0.01
           memory total constant; available, cached: random walks with step 4096 * N(0, 800);
           buffers: a step with 20 %; swap total constant; swap used changes with 0.5 %
           uptime += 30 (with 0.01 s of jitter); processes: AR(1) integer around 180..260;
           cpu temperature: 40 + user / 4 AR(1), rounded to 1.0; nvme: a slow walk rounded to 1.0,
           changes with 3 %; disk read bytes: +512 * Poisson(40) * spike; disk write bytes:
           +4096 * Poisson(120 * d); context switches: +Poisson(45000 * d)

The size of a packet is one number a step in this model, so that bytes divide by packets exactly:
kinder than a real link, and worth remembering where bytes a value are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HOSTS = 20
STEP_SECONDS = 30
DAYS = 7
SEED = 20_261_120
T0_MS = 1_794_528_000_000  # 2026-11-13T00:00:00Z
DAY_SECONDS = 86_400
VALUES_PER_HEARTBEAT = 68

MOUNT_POINTS = (
    "/",
    "/boot",
    "/boot/efi",
    "/home",
    "/var",
    "/srv/media",
    "/srv/data",
    "/mnt/backup",
)
INTERFACES = ("eth0", "wlan0", "br0", "tailscale0", "docker0", "eth1")

Values = NDArray[Any]  # float64; numpy types what is rounded and cumulated less exactly


@dataclass(frozen=True)
class Host:
    """A host's samples: `filesystems` and `interfaces` by name, then by field."""

    name: str
    time_ms: NDArray[np.int64]
    filesystems: dict[str, dict[str, Values]]
    interfaces: dict[str, dict[str, Values]]
    host: dict[str, Values]


def make_hosts(count: int = HOSTS, *, days: int = DAYS, jitter_ms: float = 0) -> Iterator[Host]:
    """The workload, one host at a time."""
    for number in range(count):
        yield make_host(number, samples=days * DAY_SECONDS // STEP_SECONDS, jitter_ms=jitter_ms)


def make_host(number: int, *, samples: int, jitter_ms: float = 0) -> Host:
    """One host, always the same."""
    rng = np.random.default_rng([SEED, number])
    index = np.arange(samples)
    time_ms = T0_MS + int(rng.uniform(0, 30_000)) + index * STEP_SECONDS * 1_000
    diurnal = 1 + 0.5 * np.sin(
        2 * np.pi * index * STEP_SECONDS / DAY_SECONDS + rng.uniform(0, 6.28)
    )
    filesystems = {
        name: _filesystem(rng, place, samples) for place, name in enumerate(MOUNT_POINTS)
    }
    interfaces = {name: _interface(rng, place, diurnal) for place, name in enumerate(INTERFACES)}
    host = _host(rng, diurnal, index)
    if jitter_ms:
        time_ms = time_ms + np.rint(rng.normal(0, jitter_ms, samples)).astype(int)
    return Host(f"host{number:02d}", time_ms, filesystems, interfaces, host)


def _filesystem(rng: np.random.Generator, place: int, samples: int) -> dict[str, Values]:
    total = int(np.exp(rng.uniform(np.log(32e6), np.log(8e12)))) // 4096 * 4096
    start = int(total * rng.uniform(0.2, 0.8)) // 4096
    if place < 2:
        changed, step = np.zeros(samples, bool), np.zeros(samples, int)
    elif place < 5:
        changed = rng.random(samples) < 0.02
        step = changed * rng.geometric(1 / 500, samples)
        step = step * np.where(rng.random(samples) < 0.6, 1, -1)
    elif place < 7:
        changed = rng.random(samples) < 0.30
        step = changed * rng.geometric(1 / 2000, samples)
        step = step * np.where(rng.random(samples) < 0.5, 1, -1)
    else:
        step = _backups(rng, total, samples)
        changed = step != 0
    used = np.clip(start + np.cumsum(step), 0, total // 4096) * 4096
    moved = changed * np.where(step > 0, 1, -1) * rng.poisson(3, samples)
    inodes = np.maximum(1000 + int(start % 100_000) + np.cumsum(moved), 10)
    return {
        "total_bytes": np.full(samples, float(total)),
        "used_bytes": used.astype(float),
        "inodes_used": inodes.astype(float),
    }


def _backups(rng: np.random.Generator, total: int, samples: int) -> NDArray[np.int64]:
    """Pages a backup writes in each step of its night, and what is trimmed before the next."""
    per_day, length = DAY_SECONDS // STEP_SECONDS, 40
    step = np.zeros(samples, int)
    for night in range(samples // per_day + 1):
        start = night * per_day + 2 * 3600 // STEP_SECONDS
        amount = int(total * rng.uniform(0.02, 0.06)) // 4096 // length
        if start + length < samples:
            step[start : start + length] = amount
            if night:
                step[start - 20] -= amount * length
    return step


def _interface(rng: np.random.Generator, place: int, diurnal: Values) -> dict[str, Values]:
    samples = len(diurnal)
    columns: dict[str, Values] = {}
    for way in ("rx", "tx"):
        if place < 2:
            packets = rng.poisson(np.exp(rng.normal(7, 1, samples)) * diurnal)
            sent = packets * rng.integers(80, 1400, samples)
        elif place < 4:
            packets = rng.poisson(np.exp(rng.normal(2.5, 0.8, samples)))
            sent = packets * rng.integers(60, 600, samples)
        else:
            packets = np.zeros(samples, int)
            sent = packets
        base = int(rng.integers(10**6, 10**10)) if place < 4 else 0
        columns[f"{way}_packets"] = (base // 700 + np.cumsum(packets)).astype(float)
        columns[f"{way}_bytes"] = (base + np.cumsum(sent)).astype(float)
    return columns


def _host(rng: np.random.Generator, diurnal: Values, index: NDArray[np.int64]) -> dict[str, Values]:
    samples = len(index)
    spikes = (rng.random(samples) < 0.005) * rng.uniform(10, 80, samples)
    levels = ((6, 3.0), (2, 1.0), (0.5, 0.4))
    user, system, iowait = (
        np.round(
            np.clip(
                _ar(rng, mean * diurnal, sigma, samples) + (spikes if place == 0 else 0), 0, 100
            ),
            2,
        )
        for place, (mean, sigma) in enumerate(levels)
    )
    load = (user + system) / 12
    memory = int(rng.choice([2, 4, 8, 16, 32])) * 2**30 - int(rng.integers(1, 2**15)) * 4096

    def walk(share: float) -> Values:
        steps = np.cumsum(np.rint(rng.normal(0, 800, samples)).astype(int))
        walked: Values = np.clip(int(memory * share) // 4096 + steps, 1000, memory // 4096) * 4096.0
        return walked

    columns: dict[str, Values] = {
        "cpu_user_percent": user,
        "cpu_system_percent": system,
        "cpu_iowait_percent": iowait,
        "cpu_steal_percent": np.zeros(samples),
        "load_1m": _ewma(load, 0.4),
        "load_5m": _ewma(load, 0.1),
        "load_15m": _ewma(load, 0.033),
        "memory_total_bytes": np.full(samples, float(memory)),
        "memory_available_bytes": walk(0.6),
        "memory_cached_bytes": walk(0.3),
    }
    buffers = np.cumsum((rng.random(samples) < 0.2) * rng.integers(-20, 21, samples))
    columns["memory_buffers_bytes"] = np.maximum(6000 + buffers, 10) * 4096.0
    columns["swap_total_bytes"] = np.full(samples, 2.0**31 - 4096)
    swap = np.cumsum((rng.random(samples) < 0.005) * rng.integers(-200, 400, samples))
    columns["swap_used_bytes"] = np.maximum(swap, 0) * 4096.0
    columns["uptime_seconds"] = np.round(
        rng.uniform(1e4, 1e7)
        + index * STEP_SECONDS
        + np.round(rng.uniform(-0.03, 0.03, samples), 2),
        2,
    )
    columns["process_count"] = np.rint(_ar(rng, rng.integers(180, 260), 6, samples))
    columns["temperature_cpu_celsius"] = np.rint(_ar(rng, 40 + user / 4, 1.5, samples))
    nvme = np.cumsum((rng.random(samples) < 0.03) * rng.integers(-1, 2, samples))
    columns["temperature_nvme_celsius"] = 38.0 + np.clip(nvme, -8, 20)
    return columns | _totals(rng, diurnal)


def _totals(rng: np.random.Generator, diurnal: Values) -> dict[str, Values]:
    samples = len(diurnal)
    start = int(rng.integers(10**9, 10**12)) // 512 * 512
    read = 512 * rng.poisson(40, samples) * np.where(rng.random(samples) < 0.02, 300, 1)
    columns = {"disk_read_bytes": start + np.cumsum(read * (rng.random(samples) < 0.5))}
    start = int(rng.integers(10**9, 10**12)) // 4096 * 4096
    columns["disk_write_bytes"] = start + np.cumsum(4096 * rng.poisson(120 * diurnal))
    start = int(rng.integers(10**6, 10**9))
    columns["context_switches"] = start + np.cumsum(rng.poisson(45_000 * diurnal))
    return {name: values.astype(float) for name, values in columns.items()}


def _ar(rng: np.random.Generator, mean: Values | np.int64, sigma: float, samples: int) -> Values:
    """An autoregressive walk around a mean."""
    noise = rng.normal(0, sigma * np.sqrt(1 - 0.9 * 0.9), samples)
    return mean + _recurred(noise, 0.9, 1, 0)


def _ewma(values: Values, share: float) -> Values:
    """An exponentially weighted mean that begins with the first value."""
    return np.round(_recurred(values, 1 - share, share, values[0]), 2)


def _recurred(values: Values, kept: float, share: float, first: float) -> Values:
    """Each output is `kept` of the one before it and `share` of its value."""
    result = np.empty(len(values))
    state = first
    for position, value in enumerate(values.tolist()):
        state = kept * state + share * value
        result[position] = state
    return result
