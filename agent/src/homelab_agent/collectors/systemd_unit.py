"""Units of systemd: those that failed, and those that one watches, by systemctl."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from homelab_agent import cgroup
from homelab_agent.collectors.shares import Shares
from homelab_agent.commands import output_of
from homelab_agent.contract import SYSTEMD_UNIT, SystemdUnit
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers

EVERY_SECONDS = 60
_COMMAND_SECONDS = 20
_FAILED = ("list-units", "--state=failed", "--all", "--plain", "--no-legend", "--full")
_PROPERTIES = "Id,Description,LoadState,ActiveState,SubState,NRestarts,ControlGroup"
_STATES = frozenset(("active", "reloading", "inactive", "failed", "activating", "deactivating"))
_MAX_UNITS = 200


@dataclass(frozen=True)
class Unit:
    """A unit, and the control group that it runs in, where it runs."""

    row: SystemdUnit
    control_group: str


class SystemdUnitCollector:
    """Asked once a minute, as an ordinary user; what a unit uses is read at every cycle.

    watched:  names or patterns of units (`nginx.service`, `docker*`); without a suffix services
    """

    family = SYSTEMD_UNIT

    def __init__(self, workers: Workers, watched: tuple[str, ...] = ()) -> None:
        self._watched = tuple(name if "." in name else f"{name}.service" for name in watched)
        self._units: Seldom[list[Unit]] = Seldom("systemctl", workers, EVERY_SECONDS, [])
        self._shares = Shares()

    def collect(self, host: Host) -> list[SystemdUnit]:
        """The units as systemd told of them last; none where there is no systemd."""
        # Of another root, systemctl would tell of the wrong host.
        if host.moved:
            return []
        units = self._units.latest(partial(ask, self._watched))
        self._shares.begin(host)
        return [self._with_usage(host, unit) for unit in units]

    def _with_usage(self, host: Host, unit: Unit) -> SystemdUnit:
        if not unit.control_group:
            return unit.row
        folder = host.sys_path(cgroup.ROOT) + unit.control_group
        try:
            usage = cgroup.read_usage(host, folder)
        except OSError:  # it ended since, or the control groups are of version 1
            host.forget(folder)
            return unit.row
        return replace(
            unit.row,
            cpu_percent=self._shares.percent(unit.row.name, usage.cpu_microseconds),
            memory_bytes=usage.memory_bytes,
        )


def ask(watched: tuple[str, ...]) -> list[Unit]:
    """Ask systemd. Raises OSError where there is none."""
    code, text = output_of(("systemctl", "--no-pager", *_FAILED), _COMMAND_SECONDS)
    if code != 0:
        raise OSError(f"systemctl ends with {code}")
    wanted = (*watched, *parse_failed(text))
    if not wanted:
        return []
    show = ("systemctl", "--no-pager", "show", f"--property={_PROPERTIES}", "--", *wanted)
    return parse_units(output_of(show, _COMMAND_SECONDS)[1])


def parse_failed(text: bytes) -> list[str]:
    """The names in the first column of `systemctl list-units --plain --no-legend`."""
    names = []
    for line in text.split(b"\n"):
        words = line.split()
        # A unit of an odd name may not pass for an option or a pattern.
        if len(words) >= 4 and b"." in words[0] and not words[0].startswith(b"-"):
            names.append(words[0].decode("utf-8", "replace"))
    return names[:_MAX_UNITS]


def parse_units(text: bytes) -> list[Unit]:
    """The units of `systemctl show`: a block of `Name=value` lines each; each once."""
    units: dict[str, Unit] = {}
    for block in text.split(b"\n\n"):
        values = {}
        for line in block.split(b"\n"):
            name, equals, value = line.partition(b"=")
            if equals:
                values[name] = value.strip()
        identity = printable(values.get(b"Id", b""), 255)
        if identity and values.get(b"LoadState") != b"not-found":
            units.setdefault(identity, _unit(identity, values))
    return list(units.values())[:_MAX_UNITS]


def _unit(identity: str, values: dict[bytes, bytes]) -> Unit:
    def text(name: bytes, limit: int) -> str | None:
        return printable(values.get(name, b""), limit) or None

    state = text(b"ActiveState", 32)
    restarts = values.get(b"NRestarts", b"")
    row = SystemdUnit(
        name=identity,
        state=state if state in _STATES else "other",  # type: ignore[arg-type]  # checked
        substate=text(b"SubState", 32),
        description=text(b"Description", 255),
        restarts=int(restarts) & MAX_INTEGER
        if restarts.isdigit() and len(restarts) <= 20
        else None,
    )
    control_group = text(b"ControlGroup", 4096) or ""
    usable = control_group.startswith("/") and control_group != "/"
    return Unit(row, control_group if usable and "/../" not in control_group else "")
