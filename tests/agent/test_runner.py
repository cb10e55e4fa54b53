"""One cycle over collectors of which some fail."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from homelab_agent.collectors import Wishes, every_collector
from homelab_agent.contract import (
    FAMILIES,
    FILESYSTEM,
    HOST,
    NETWORK_INTERFACE,
    Filesystem,
    HostMetrics,
)
from homelab_agent.host import Host
from homelab_agent.mounts import Selection
from homelab_agent.runner import Cycle, Runner, payload
from homelab_agent.workers import Workers


class Steady:
    """Reports the host's load."""

    family = HOST

    def collect(self, host: Host) -> Sequence[Any]:
        host.close()
        return [HostMetrics(load_1m=0.5)]


class Failing:
    """Can't report filesystems until it is mended."""

    family = FILESYSTEM
    mended = False

    def collect(self, host: Host) -> Sequence[Any]:
        host.close()
        if not self.mended:
            raise ValueError("odd" * 1000)
        return []


def test_one_that_fails_is_reported_and_costs_its_family_alone() -> None:
    collectors = (Steady(), Failing())
    cycle = Runner(Host(), collectors).cycle()
    assert cycle.reports["host"].ok
    assert cycle.reports["host"].duration_seconds >= 0
    assert not cycle.reports["filesystem"].ok
    error = cycle.reports["filesystem"].error
    assert error is not None
    assert error.startswith("ValueError: oddodd")
    assert len(error) == 1000
    assert payload(cycle, collectors) == {"metrics": {"load_1m": 0.5}}


def test_a_failure_is_logged_once_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    failing = Failing()
    runner = Runner(Host(), (failing,))
    with caplog.at_level(logging.INFO):
        runner.cycle()
        runner.cycle()
        failing.mended = True
        runner.cycle()
    assert [record.exc_info is not None for record in caplog.records] == [True, False]
    assert caplog.messages[-1] == "collector filesystem works again"


def test_none_is_an_empty_list_and_not_reported_is_absent() -> None:
    failing = Failing()
    failing.mended = True
    assert payload(Runner(Host(), (failing,)).cycle(), (failing,)) == {"filesystems": []}


def test_a_sparse_one_leaves_out_what_the_contract_takes_as_said() -> None:
    rows = [Filesystem("/", "/dev/a", "ext4", 1, 1, 0, 100.0)]
    rows.append(Filesystem("/nas", "nas:/", "nfs4", 1, 1, 0, 100.0, state="stale"))
    cycle = Cycle({"filesystem": rows}, {})
    full = payload(cycle, (Failing(),))["filesystems"]
    assert [row["state"] for row in full] == ["ok", "stale"]
    sparse = payload(cycle, (Failing(),), sparse=True)["filesystems"]
    assert [row.get("state") for row in sparse] == [None, "stale"]


def test_every_family_has_its_collector() -> None:
    collectors = every_collector(Workers(), Selection(), 2)
    assert {collector.family for collector in collectors} == set(FAMILIES)


def test_a_family_that_is_not_wanted_says_that_there_is_nothing() -> None:
    collectors = every_collector(Workers(), Selection(), 2, Wishes(disable=("filesystem",)))
    assert {collector.family for collector in collectors} == set(FAMILIES)
    cycle = Runner(Host(), collectors).cycle()
    assert payload(cycle, collectors)["filesystems"] == []


def test_the_host_has_the_sums_of_the_others() -> None:
    collectors = every_collector(Workers(), Selection(), 2)
    cycle = Runner(Host(), collectors).cycle()
    (metrics,) = cycle.rows[HOST.name]
    interfaces = cycle.rows[NETWORK_INTERFACE.name]
    assert metrics.network_rx_bytes == sum(
        row.rx_bytes for row in interfaces if row.kind == "physical"
    )
    root = next(row for row in cycle.rows[FILESYSTEM.name] if row.mount_point == "/")
    assert metrics.disk_percent == root.percent
