"""What a heartbeat says again, and what it leaves out."""

from typing import Any

from homelab_agent.collectors import Off
from homelab_agent.contract import FAN, FILESYSTEM, Fan
from homelab_agent.heartbeat import Composer, Stamp
from homelab_agent.host import Host
from homelab_agent.runner import Cycle


def composed(*cycles: tuple[bool, list[Fan]]) -> list[dict[str, Any]]:
    collectors = (Off(FAN), Off(FILESYSTEM))
    composer = Composer(Host(), collectors, server_id=None, server_guid=None, interval_seconds=10)
    return [
        composer.compose(
            Cycle({FAN.name: fans, FILESYSTEM.name: []}, {}), Stamp(0), complete=complete
        )
        for complete, fans in cycles
    ]


def test_that_there_is_nothing_is_said_once_and_when_it_changed() -> None:
    fan = [Fan("cpu", 1200)]
    heartbeats = composed((True, []), (False, []), (False, fan), (False, []), (False, []))
    assert [heartbeat.get("fans") for heartbeat in heartbeats] == [
        [],
        None,
        [{"sensor": "cpu", "rpm": 1200}],
        [],
        None,
    ]


def test_a_complete_one_says_all() -> None:
    *_, last = composed((False, []), (False, []), (True, []))
    assert (last["fans"], last["filesystems"]) == ([], [])
