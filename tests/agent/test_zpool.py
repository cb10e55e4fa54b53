"""What zpool writes, after the formats of OpenZFS 2.1 and 2.2."""

import time

import pytest
from homelab_agent.contract import Raid
from homelab_agent.zpool import parse_list, parse_status

STATUS = b"""\
  pool: rpool
 state: ONLINE
  scan: scrub repaired 0B in 00:01:35 with 0 errors on Sun Nov  8 00:25:37 2026
config:

\tNAME                                      STATE     READ WRITE CKSUM
\trpool                                     ONLINE       0     0     0
\t  nvme-eui.0025385a81b4a7c1-part3         ONLINE       0     0     0

errors: No known data errors

  pool: tank
 state: DEGRADED
status: One or more devices are faulted in response to persistent errors.
\tSufficient replicas exist for the pool to continue functioning in a
\tdegraded state.
action: Replace the faulted device, or use 'zpool clear' to mark the device
\trepaired.
  scan: scrub in progress since Sun Nov 15 00:24:01 2026
\t1440365314048 / 3991170318336 scanned at 1299227607/s, 860067266560 issued
\t0B repaired, 21.55% done, 01:07:12 to go
config:

\tNAME        STATE     READ WRITE CKSUM
\ttank        DEGRADED     0     0     0
\t  raidz2-0  DEGRADED     0     0     0
\t    sda     ONLINE       0     0     0
\t    sdb     FAULTED      3     0    12  too many errors
\t    sdc     ONLINE       0     1     0
\t    sdd     ONLINE       0     0     0
\tlogs
\t  nvme0n1p4 ONLINE       0     0     0
\tspares
\t  sde       AVAIL

errors: No known data errors
"""


def test_pools() -> None:
    text = (
        b"rpool\t498216206336\t123456789\tONLINE\ntank\t15994458210304\t9\tDEGRADED\n"
        b"old\t-\t-\tFAULTED\n"
    )
    assert parse_list(text) == [
        Raid("rpool", "zfs", "ok", total_bytes=498216206336, used_bytes=123456789),
        Raid("tank", "zfs", "degraded", total_bytes=15994458210304, used_bytes=9),
        Raid("old", "zfs", "failed"),
    ]


@pytest.mark.parametrize("text", [b"", b"no pools available\n", b"\t\t\t\n", b"a\tb\n"])
def test_no_pools(text: bytes) -> None:
    assert parse_list(text) == []
    assert parse_status(text) == {}


def test_a_pool_in_order() -> None:
    rpool = parse_status(STATUS)["rpool"]
    assert (rpool.devices, rpool.devices_missing, rpool.errors) == (1, 0, 0)
    assert (rpool.activity, rpool.progress_percent) == ("idle", None)
    assert rpool.scrubbed_at_seconds is not None
    assert time.localtime(rpool.scrubbed_at_seconds)[:6] == (2026, 11, 8, 0, 25, 37)


def test_a_pool_without_a_device_that_is_scrubbed() -> None:
    tank = parse_status(STATUS)["tank"]
    # Groups and spares are no devices of their own; a log is one.
    assert (tank.devices, tank.devices_missing, tank.errors) == (5, 1, 16)
    assert (tank.activity, tank.progress_percent) == ("scrub", 21.55)


@pytest.mark.parametrize("date", ["Xyz  8 00:25:37 2026", "Nov 99 99:99:99 9999", "Nov  8"])
def test_an_odd_date(date: str) -> None:
    text = f"  pool: a\n  scan: scrub repaired 0B in 1 with 0 errors on Sun {date}\n"
    parse_status(text.encode())["a"]
