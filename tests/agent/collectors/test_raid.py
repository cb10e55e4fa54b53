"""Arrays and pools of recorded hosts, and of a zpool that is asked."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.raid import RaidCollector, parse_error_stats, read_all
from homelab_agent.contract import Raid
from homelab_agent.contract.raid import severity
from homelab_agent.host import Host
from homelab_agent.workers import Workers

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"


def recorded(machine: str) -> dict[str, Raid]:
    host = Host(str(HOSTS / machine / "proc"), str(HOSTS / machine / "sys"))
    return {row.name: row for row in RaidCollector(Workers()).collect(host)}


def test_md_and_btrfs_of_two_devices() -> None:
    rows = recorded("docker")
    assert list(rows) == ["md127", "md0", "photos"]
    md127 = rows["md127"]
    assert (md127.kind, md127.state, md127.errors) == ("md raid6", "degraded", 24)
    assert (md127.devices, md127.devices_missing) == (4, 1)
    assert rows["md0"].activity == "check"
    assert rows["photos"] == Raid(
        name="photos",
        kind="btrfs raid1",
        state="ok",
        activity="idle",
        devices=2,
        devices_missing=0,
        errors=6,
        total_bytes=2 * 10**12,
        used_bytes=10**12 + 2_147_483_648 + 65_536,
    )


def test_a_btrfs_without_a_label_is_called_by_its_uuid() -> None:
    (row,) = recorded("laptop").values()
    assert row.name == "0abb23a9-579b-43e6-ad30-227ef47fcb9d"
    assert (row.kind, row.state, row.errors) == ("btrfs single", "ok", 0)


def test_pools_of_another_root_are_known_by_their_state() -> None:
    assert list(recorded("nas").values()) == [
        Raid("rpool", "zfs", "ok"),
        Raid("tank", "zfs", "degraded"),
    ]


def test_a_host_without_any() -> None:
    assert recorded("raspberrypi") == {}


def test_zpool_is_asked_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zpool = tmp_path / "zpool"
    zpool.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        "list) printf 'tank\\t1000\\t400\\tONLINE\\n' ;;\n"
        "status) printf '  pool: tank\\n  scan: resilver in progress since Sun\\n"
        "config:\\n\\tNAME STATE READ WRITE CKSUM\\n\\ttank ONLINE 0 0 0\\n"
        "\\t  sda ONLINE 2 0 0\\nerrors: No known data errors\\n' ;;\n"
        "esac\n"
    )
    zpool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    class Here(Host):
        @property
        def moved(self) -> bool:
            return False

    (row,) = read_all(Here(str(HOSTS / "nas/proc"), str(tmp_path)))
    assert (row.total_bytes, row.used_bytes, row.activity) == (1000, 400, "resilver")
    assert (row.devices, row.errors, row.state) == (1, 2, "ok")


@pytest.mark.parametrize(
    "row, bad",
    [
        (Raid("a", "zfs", "ok", errors=0), None),
        (Raid("a", "zfs", "ok", errors=1), "warning"),
        (Raid("a", "zfs", "degraded"), "warning"),
        (Raid("a", "zfs", "failed"), "critical"),
    ],
)
def test_what_is_bad_for_the_host(row: Raid, bad: str | None) -> None:
    assert severity(row) == bad


@pytest.mark.parametrize(
    "text, errors", [(b"write_errs 1\nread_errs 2\n", 3), (b"", 0), (b"a b\nc\n", 0)]
)
def test_error_stats(text: bytes, errors: int) -> None:
    assert parse_error_stats(text) == errors
