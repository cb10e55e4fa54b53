"""Generated kernel texts: no parser may raise, whatever it reads.

HOMELAB_FUZZ_EXAMPLES=400 is the full form, of more than 5,000 texts; the suite runs a short one.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from homelab_agent.about import parse_cpuinfo, parse_fib_trie, parse_if_inet6, parse_os_release
from homelab_agent.cgroup import parse_flat, parse_io
from homelab_agent.collectors import every_collector
from homelab_agent.collectors.battery import battery, parse_supply
from homelab_agent.collectors.disk import parse_diskstats
from homelab_agent.collectors.fan import parse_rpm
from homelab_agent.collectors.gpu import parse_count
from homelab_agent.collectors.host import (
    parse_arcstats,
    parse_meminfo,
    parse_numbers,
    parse_pressure,
    parse_stat,
    parse_vmstat,
)
from homelab_agent.collectors.network_interface import parse_devtype, parse_net_dev
from homelab_agent.collectors.process import parse_process
from homelab_agent.collectors.processor import parse_processors
from homelab_agent.collectors.raid import parse_error_stats
from homelab_agent.collectors.smart import parse_smartctl
from homelab_agent.collectors.software_update import (
    parse_apk,
    parse_apt,
    parse_dnf,
    parse_pacman,
)
from homelab_agent.collectors.systemd_unit import parse_failed, parse_units
from homelab_agent.collectors.temperature import parse_celsius
from homelab_agent.collectors.ups import parse_list as parse_ups_list
from homelab_agent.collectors.ups import parse_ups
from homelab_agent.contract import FAMILIES
from homelab_agent.heartbeat import Composer, Stamp, encode
from homelab_agent.host import MAX_INTEGER, Host, printable
from homelab_agent.mdstat import parse_mdstat
from homelab_agent.mounts import Selection, parse_mountinfo, parse_mounts, select, unescape
from homelab_agent.runner import Runner
from homelab_agent.runtimes import parse_containers
from homelab_agent.workers import Workers
from homelab_agent.zpool import parse_list, parse_status
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("HOMELAB_FUZZ_EXAMPLES", "60"))
HOSTS = Path(__file__).parent.parent / "fixtures/hosts"
RECORDED = sorted(path for path in HOSTS.rglob("*") if path.is_file() and "proc" in path.parts)

PARSERS: dict[str, Callable[[bytes], object]] = {
    "net_dev": parse_net_dev,
    "mountinfo": lambda text: select(parse_mountinfo(text), Selection()),
    "mounts": lambda text: select(parse_mounts(text), Selection()),
    "unescape": unescape,
    "stat": parse_stat,
    "meminfo": parse_meminfo,
    "numbers": lambda text: parse_numbers(text, 3),
    "devtype": parse_devtype,
    "os_release": parse_os_release,
    "cpuinfo": parse_cpuinfo,
    "fib_trie": parse_fib_trie,
    "if_inet6": parse_if_inet6,
    "celsius": parse_celsius,
    "rpm": parse_rpm,
    "mdstat": parse_mdstat,
    "process": parse_process,
    "supply": lambda text: battery("BAT0", parse_supply(text)),
    "ups_list": parse_ups_list,
    "ups": lambda text: parse_ups(b"a", text),
    "count": parse_count,
    "smartctl": lambda text: parse_smartctl(text, "sda"),
    "apt": parse_apt,
    "dnf": parse_dnf,
    "pacman": parse_pacman,
    "apk": parse_apk,
    "failed_units": parse_failed,
    "units": parse_units,
    "cgroup_flat": lambda text: parse_flat(text, b"usage_usec"),
    "cgroup_io": parse_io,
    "containers": lambda text: parse_containers(text, "docker"),
    "error_stats": parse_error_stats,
    "zpool_list": parse_list,
    "zpool_status": parse_status,
    "diskstats": parse_diskstats,
    "arcstats": parse_arcstats,
    "vmstat": parse_vmstat,
    "pressure": parse_pressure,
    "processors": parse_processors,
    "printable": lambda text: printable(text, 20),
}

words = st.one_of(
    st.sampled_from([b"18446744073709551615", b"9223372036854775808", b"-1", b"0", b"1e9", b"nan"]),
    st.sampled_from([b"eth0:", b"cpu ", b"MemTotal:", b"kB", b"-", b"/", b"\\040", b"\\777"]),
    st.sampled_from([b"|--", b"/32", b"host", b"LOCAL", b"processor", b"ctxt", b"8:1", b"\xff"]),
    st.sampled_from(
        [b"md0", b":", b"active", b"sda[0](F)", b"[2/1]", b"blocks", b"pool:", b"scan:"]
    ),
    st.integers().map(lambda number: str(number).encode()),
    st.binary(max_size=12),
    st.just(b"n" * 255),
)
lines = st.lists(words, max_size=22).map(b" ".join)
written = st.lists(lines, max_size=12).map(b"\n".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A recorded text with a piece cut out, doubled or overwritten."""
    text = draw(st.sampled_from(RECORDED)).read_bytes()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 400, len(text))))
    piece = draw(st.one_of(st.just(b""), st.just(text[start:end] * 2), st.binary(max_size=40)))
    return text[:start] + piece + text[end:]


texts = st.one_of(written, damaged(), st.binary(max_size=400))


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(text=texts)
def test_no_text_raises(name: str, text: bytes) -> None:
    PARSERS[name](text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=texts)
def test_what_is_parsed_can_be_kept(text: bytes) -> None:
    interfaces, _ = parse_net_dev(text)
    for values in interfaces.values():
        assert all(0 <= value <= MAX_INTEGER for value in values)
    assert all(0 <= value <= MAX_INTEGER for value in parse_meminfo(text).values())
    printable(text, 255).encode()


FILES = (
    *("proc/1/mountinfo", "proc/net/dev", "proc/stat", "proc/meminfo", "proc/loadavg"),
    *("proc/uptime", "proc/cpuinfo", "sys/class/net/eth0/operstate"),
    *("sys/class/net/eth0/speed", "sys/class/net/eth0/uevent", "root/etc/os-release"),
    *("root/etc/hostname", "proc/net/fib_trie", "proc/net/if_inet6", "proc/diskstats"),
    *("sys/class/hwmon/hwmon0/temp1_input", "sys/class/hwmon/hwmon0/name"),
    *("sys/class/power_supply/BAT0/uevent", "sys/class/drm/card0/device/gpu_busy_percent"),
    *("proc/mdstat", "sys/fs/btrfs/a/allocation/data/disk_used", "sys/fs/btrfs/a/label"),
    *("proc/pressure/cpu", "proc/pressure/io", "proc/vmstat", "proc/spl/kstat/zfs/arcstats"),
)


@settings(max_examples=max(EXAMPLES // 2, 1), deadline=None)
@given(contents=st.lists(texts, min_size=len(FILES), max_size=len(FILES)))
def test_no_host_costs_the_heartbeat(
    contents: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("host")
    for name, content in zip(FILES, contents, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    host = Host(str(folder / "proc"), str(folder / "sys"), str(folder / "root"))
    collectors = every_collector(Workers(), Selection(), 5)
    cycle = Runner(host, collectors).cycle()
    assert cycle.well, cycle.reports
    composer = Composer(host, collectors, server_id=None, server_guid=None, interval_seconds=10)
    heartbeat = json.loads(encode(composer.compose(cycle, Stamp(0, 1))))
    host.close()
    for family in FAMILIES:
        rows = heartbeat.get(family.payload, [])
        for row in rows if isinstance(rows, list) else [rows]:
            for field in family.fields:
                value = row.get(field.name)
                assert value is not None or not field.required
                if field.type is str and value is not None:
                    assert len(value) <= (field.spec.max_length or 255)
                elif field.type is int and value is not None:
                    assert 0 <= value <= MAX_INTEGER
