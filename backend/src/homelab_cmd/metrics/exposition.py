"""Prometheus' text format and OpenMetrics: the latest of every server, and the server's own health.

Names follow the families: `homelab_filesystem_used_bytes{server="nas",mount_point="/",…}`; counters
end in `_total`. Values too old are left out: whoever scrapes must not take a last known value for a
present one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from homelab_agent.contract import Family, Role

from homelab_cmd.metrics.names import METRICS, Metric
from homelab_cmd.servers.snapshots import Snapshot
from homelab_cmd.servers.status import DEFAULT_INTERVAL_MS, STALE_INTERVALS, status_of

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

BITS = "bits_per_second"

Labels = Mapping[str, str | None]


@dataclass
class Exposed:
    """One metric of an exposition with its samples; a counter's name has no `_total` here."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: list[tuple[str, float]] = field(default_factory=list)

    def add(self, value: float | None, labels: Labels | None = None) -> Exposed:
        """A sample, unless there is no value; itself, for chains."""
        if value is not None:
            self.samples.append((labels_text(labels or {}), value))
        return self


def own_gauge(name: str, says: str) -> Exposed:
    """A gauge of the server itself."""
    return Exposed(f"homelab_cmd_{name}", "gauge", says)


def own_counter(name: str, says: str) -> Exposed:
    """A counter of the server itself."""
    return Exposed(f"homelab_cmd_{name}", "counter", says)


@dataclass(frozen=True)
class Host:
    """A server with its snapshot."""

    server_id: str
    snapshot: Snapshot
    paused: bool


def render(metrics: Iterable[Exposed], *, openmetrics: bool) -> str:
    """The whole text. A metric without samples is left out."""
    lines: list[str] = []
    for metric in metrics:
        if not metric.samples:
            continue
        sample_name = metric.name + ("_total" if metric.kind == "counter" else "")
        family_name = metric.name if openmetrics else sample_name
        lines.append(f"# HELP {family_name} {_escaped(metric.help)}")
        lines.append(f"# TYPE {family_name} {metric.kind}")
        lines += [f"{sample_name}{labels} {value:.17g}" for labels, value in metric.samples]
    if openmetrics:
        lines.append("# EOF")
    return "\n".join(lines) + "\n"


def labels_text(labels: Labels) -> str:
    """`{server="nas",mount_point="/"}`; labels without a value are left out."""
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels.items() if value]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(text: str) -> str:
    # A carriage return is no line's end in the format, but it is in too many readers of it.
    text = text.replace("\\", r"\\").replace("\n", r"\n").replace("\r", " ")
    return text.replace('"', r"\"")


def of_hosts(hosts: Iterable[Host], now_ms: int) -> Iterator[Exposed]:
    """The latest of every server: what is known of it, and its families' numbers."""
    hosts = list(hosts)
    yield from _of_servers(hosts, now_ms)
    rows = {metric.family.name: _rows(metric.family, hosts, now_ms) for metric in METRICS.values()}
    for metric in METRICS.values():
        if metric.field.spec.unit == "gigabytes":
            continue  # of before the families, and said in bytes by `filesystem`
        exposed = Exposed(f"homelab_{_name(metric)}", _kind(metric), _help(metric))
        for labels, row in rows[metric.family.name]:
            value = metric.value(row)
            if value is not None:
                in_bits = metric.field.spec.unit == BITS
                exposed.samples.append((labels, value / 8 if in_bits else value))
        yield exposed


def _of_servers(hosts: list[Host], now_ms: int) -> Iterator[Exposed]:
    up = Exposed("homelab_server_up", "gauge", "1 while the server reports, else 0.")
    seen = Exposed(
        "homelab_server_last_seen_timestamp_seconds", "gauge", "When the server last reported."
    )
    info = Exposed("homelab_server_info", "gauge", "Facts of a server, as labels.")
    for host in hosts:
        labels = {"server": host.server_id}
        status = status_of(host.snapshot, paused=host.paused, now_ms=now_ms)
        if status != "paused":
            up.add(float(status == "online"), labels)
        last_seen_ms = host.snapshot.last_seen_ms
        seen.add(None if last_seen_ms is None else last_seen_ms / 1_000, labels)
        info.add(1, labels | _facts(host.snapshot))
    yield from (up, seen, info)


def _facts(snapshot: Snapshot) -> dict[str, str | None]:
    os_info: Mapping[str, str | None] = snapshot.facts.get("os_info") or {}
    return {
        "hostname": snapshot.facts.get("hostname"),
        "agent_version": snapshot.facts.get("agent_version"),
        **{name: os_info.get(name) for name in ("distribution", "version", "kernel")},
    }


def _rows(family: Family, hosts: list[Host], now_ms: int) -> list[tuple[str, Any]]:
    """The rows of now, each with its labels as text."""
    named = [field.name for field in family.fields if field.role in (Role.KEY, Role.LABEL)]
    return [
        (labels_text({"server": host.server_id} | {n: getattr(row, n) for n in named}), row)
        for host in hosts
        if _is_current(host.snapshot, family, now_ms)
        for row in host.snapshot.rows[family.name]
    ]


def _is_current(snapshot: Snapshot, family: Family, now_ms: int) -> bool:
    as_of_ms = snapshot.as_of_ms.get(family.name)
    interval_ms = snapshot.facts.get("interval_ms") or DEFAULT_INTERVAL_MS
    return as_of_ms is not None and now_ms - as_of_ms <= STALE_INTERVALS * interval_ms


def _name(metric: Metric) -> str:
    """As Prometheus has names: bytes are the unit, `_total` is a counter's, `_count` a histogram's.

    Thus `filesystem_inodes`, `processes`, `network_interface_speed_bytes_per_second`.
    """
    name = metric.name
    if metric.field.spec.unit == BITS:
        return name.replace("_bits_", "_bytes_")
    if name.endswith("_count"):
        return name.removesuffix(metric.field.name) + metric.field.spec.unit
    return name.removesuffix("_total") if _kind(metric) == "gauge" else name


def _kind(metric: Metric) -> Literal["gauge", "counter"]:
    return "counter" if metric.field.role is Role.COUNTER else "gauge"


def _help(metric: Metric) -> str:
    name = metric.field.name.replace("_", " ")
    spec = metric.field.spec
    if metric.field.role is Role.STATE:
        counted = "true" if spec.counts is True else spec.counts
        return f"1 while {name} is {counted}, else 0."
    unit = "bytes_per_second" if spec.unit == BITS else spec.unit
    return f"{name[0].upper()}{name[1:]} of a {metric.family.name.replace('_', ' ')}, {unit}."
