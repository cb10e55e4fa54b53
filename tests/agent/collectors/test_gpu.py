"""Graphics processors of recorded hosts."""

import shutil
from pathlib import Path

import pytest
from homelab_agent.collectors.gpu import GpuCollector, parse_count
from homelab_agent.contract import Gpu
from homelab_agent.host import MAX_INTEGER, Host
from homelab_agent.workers import Workers

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"


def collect(machine: str) -> list[Gpu]:
    host = Host(str(HOSTS / machine / "proc"), str(HOSTS / machine / "sys"))
    return GpuCollector(Workers(), 5).collect(host)


def test_amd() -> None:
    (row,) = collect("nas")
    assert (row.name, row.busy_percent, row.frequency_hertz) == ("gpu card1", 4, 500_000_000)
    assert (row.memory_used_bytes, row.memory_total_bytes) == (1490378752, 8573157376)
    assert row.power_watts == pytest.approx(32)


def test_one_that_sleeps_is_not_asked_and_a_host_without() -> None:
    assert collect("docker") == []
    assert collect("container") == []


def test_intel_was_busy_while_it_did_not_rest(tmp_path: Path) -> None:
    shutil.copytree(HOSTS / "laptop/sys/class/drm", tmp_path / "sys/class/drm")
    rest = tmp_path / "sys/class/drm/card0/power/rc6_residency_ms"
    collector = GpuCollector(Workers(), 5)
    host = Host(str(tmp_path), str(tmp_path / "sys"))

    def after(uptime: str, milliseconds: int) -> Gpu:
        (tmp_path / "uptime").write_text(f"{uptime} 1.0\n")
        rest.write_text(f"{milliseconds}\n")
        (row,) = collector.collect(host)
        return row

    first = after("100.00", 50_000)
    assert (first.frequency_hertz, first.busy_percent) == (350_000_000, None)
    assert after("110.00", 57_500).busy_percent == 25


def test_it_is_called_by_its_driver_and_place(tmp_path: Path) -> None:
    device = tmp_path / "devices/0000:03:00.0"
    card = tmp_path / "class/drm/card0"
    device.mkdir(parents=True)
    card.mkdir(parents=True)
    (card / "device").symlink_to("../../../devices/0000:03:00.0")
    (device / "driver").symlink_to("../../bus/pci/drivers/amdgpu")
    (device / "gpu_busy_percent").write_text("7\n")
    (row,) = GpuCollector(Workers(), 5).collect(Host("/proc", str(tmp_path)))
    assert row.name == "amdgpu 0000:03:00.0"


@pytest.mark.parametrize(
    "text, count",
    [(b"4\n", 4), (b"", None), (b"-1", None), (b"x", None), (b"9" * 20, MAX_INTEGER)],
)
def test_counts(text: bytes, count: int | None) -> None:
    assert parse_count(text) == count
