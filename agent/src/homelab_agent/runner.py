"""One cycle: run every collector, note how each fared, and put the heartbeat together."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from homelab_agent.collectors import Collector
from homelab_agent.collectors.host import with_sums
from homelab_agent.contract import FILESYSTEM, HOST, NETWORK_INTERFACE, CollectorReport, Family
from homelab_agent.host import Host

log = logging.getLogger(__name__)

_ERROR_LENGTH = 1_000

Rows = dict[str, Sequence[Any]]


@dataclass(frozen=True)
class Cycle:
    """What one cycle brought: rows by family, without the families whose collector failed."""

    rows: Rows
    reports: dict[str, CollectorReport]

    @property
    def well(self) -> bool:
        """Whether every collector did its work."""
        return all(report.ok for report in self.reports.values())


class Runner:
    """Runs the collectors of one host; one that fails costs its own family alone."""

    def __init__(self, host: Host, collectors: Iterable[Collector]) -> None:
        self._host = host
        self._collectors = tuple(collectors)
        self._failing: dict[str, str] = {}

    def cycle(self) -> Cycle:
        """Collect everything once."""
        rows: Rows = {}
        reports = {}
        for collector in self._collectors:
            name = collector.family.name
            began = time.perf_counter()
            error = None
            try:
                rows[name] = collector.collect(self._host)
            except Exception as failure:
                error = f"{type(failure).__name__}: {failure}"[:_ERROR_LENGTH]
                if self._failing.get(name) != error:
                    self._failing[name] = error
                    log.exception("collector %s failed", name)
            else:
                if self._failing.pop(name, None):
                    log.info("collector %s works again", name)
            duration_seconds = round(time.perf_counter() - began, 6)
            reports[name] = CollectorReport(error is None, duration_seconds, error)
        _add_sums(rows)
        return Cycle(rows, reports)


def payload(
    cycle: Cycle, collectors: Iterable[Collector], *, sparse: bool = False
) -> dict[str, Any]:
    """The families' part of a heartbeat: rows as objects, without what is not known.

    Sparse ones leave out what the contract takes as said, too: that a filesystem's state is ok.
    """
    fields: dict[str, Any] = {}
    for collector in collectors:
        family = collector.family
        rows = cycle.rows.get(family.name)
        if rows is None:
            continue
        objects = [known(row) for row in rows]
        if sparse:
            _drop_defaults(family, objects)
        if family.key is not None:
            fields[family.payload] = objects
        elif objects:
            fields[family.payload] = objects[0]
    return fields


def known(row: Any) -> dict[str, Any]:
    """A dataclass instance as an object, its Nones left out."""
    return {name: value for name, value in vars(row).items() if value is not None}


def _drop_defaults(family: Family, objects: list[dict[str, Any]]) -> None:
    for field in family.fields:
        if not field.required and field.default is not None:
            for row in objects:
                if row.get(field.name) == field.default:
                    del row[field.name]


def _add_sums(rows: Rows) -> None:
    for row in rows.get(HOST.name, ()):
        filesystems = list(rows.get(FILESYSTEM.name, ()))
        interfaces = list(rows.get(NETWORK_INTERFACE.name, ()))
        rows[HOST.name] = [with_sums(row, filesystems, interfaces)]
