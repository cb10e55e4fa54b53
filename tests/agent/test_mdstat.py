"""/proc/mdstat, with what kernels are known to write."""

import pytest
from homelab_agent.contract import Raid
from homelab_agent.mdstat import parse_mdstat

KIB = 1024


def one(text: str) -> Raid:
    (array,) = parse_mdstat(text.encode())
    return array


def test_a_healthy_mirror() -> None:
    array = one("md127 : active raid1 sdi2[0] sdj2[1]\n      312319552 blocks [2/2] [UU]\n")
    assert array == Raid(
        "md127", "md raid1", "ok", "idle", devices=2, devices_missing=0, total_bytes=312319552 * KIB
    )


def test_one_that_is_rebuilt() -> None:
    array = one(
        "md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]\n"
        "      195310144 blocks [2/1] [U_]\n"
        "      [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min\n"
    )
    assert (array.state, array.activity, array.progress_percent) == ("degraded", "recovery", 8.5)
    assert (array.devices, array.devices_missing) == (2, 1)


@pytest.mark.parametrize(
    "line, activity",
    [
        ("      resync=DELAYED", "resync"),
        ("      resync=PENDING", "resync"),
        ("      [>..]  check =  5.7% (1/2)", "check"),
        ("      [>..]  levelling =  5.7% (1/2)", "other"),
        ("      bitmap: 0/30 pages [0KB], 65536KB chunk", "idle"),
    ],
)
def test_what_it_does(line: str, activity: str) -> None:
    array = one(f"md9 : active raid1 a[0] b[1]\n      4 blocks super 1.2 [2/2] [UU]\n{line}\n")
    assert (array.state, array.activity) == ("ok", activity)


@pytest.mark.parametrize(
    "head, kind, state, devices",
    [
        ("md4 : inactive raid1 sda3[0](F) sdb3[1](S)", "md raid1", "failed", 1),
        ("md11 : active (auto-read-only) raid1 sdb2[0] sdc2[1]", "md raid1", "ok", 2),
        ("md101 : active (read-only) raid0 sdb[2] sdd[1] sdc[0]", "md raid0", "ok", 3),
        ("md00 : active raid0 xvdb[0]", "md raid0", "ok", 1),
        ("md5 : inactive sdb[0]", "md", "failed", 1),
        ("md_d1 : broken raid0 sdb[0] sdc[1]", "md raid0", "failed", 2),
    ],
)
def test_heads(head: str, kind: str, state: str, devices: int) -> None:
    array = one(f"{head}\n      314159265 blocks 64k chunks\n")
    assert (array.kind, array.state, array.devices) == (kind, state, devices)


def test_what_holds_the_metadata_of_others_is_no_array() -> None:
    text = (
        "md126 : active raid0 sdb[1] sdc[0]\n      4 blocks super external:/md127/0 128k chunks\n\n"
        "md127 : inactive sdb[2](S) sdc[1](S)\n        7932 blocks super external:imsm\n\n"
    )
    assert [array.name for array in parse_mdstat(text.encode())] == ["md126"]


@pytest.mark.parametrize("text", [b"", b"Personalities :\nunused devices: <none>\n", b"md0 :\n"])
def test_none(text: bytes) -> None:
    assert parse_mdstat(text) == []
