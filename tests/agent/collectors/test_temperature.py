"""Sensors, from recorded hosts and from small trees."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.temperature import TemperatureCollector, parse_celsius
from homelab_agent.contract import Temperature
from homelab_agent.host import Host
from homelab_agent.workers import Workers

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"


def collect(sysfs: Path) -> dict[str, Temperature]:
    rows = TemperatureCollector(Workers(), 5).collect(Host("/proc", str(sysfs)))
    found = {row.sensor: row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize(
    "text, celsius",
    [
        (b"47000\n", 47.0),
        (b"52582", 52.582),
        (b"-5500\n", -5.5),
        (b"0\n", 0.0),
        (b"-128000\n", None),  # an input without a sensor
        (b"65261850\n", None),
        (b"", None),
        (b"n/a", None),
        (b"4 7", None),
        (b"+47000", None),
    ],
)
def test_millidegrees(text: bytes, celsius: float | None) -> None:
    assert parse_celsius(text) == celsius


def test_a_laptop() -> None:
    rows = collect(HOSTS / "laptop/sys")
    assert list(rows) == [
        "acpitz temp1",
        "SAMSUNG MZVL21T0HCLR-00B00 Composite",
        "SAMSUNG MZVL21T0HCLR-00B00 Sensor 1",
        *("coretemp Package id 0", "coretemp Core 0", "coretemp Core 1"),
        *("coretemp Core 2", "coretemp Core 3"),
    ]
    drive = "SAMSUNG MZVL21T0HCLR-00B00"
    assert rows[f"{drive} Composite"] == Temperature(f"{drive} Composite", 38.85, 84.85)
    assert rows[f"{drive} Sensor 1"].critical_celsius is None


def test_a_nas_with_two_disks_of_one_driver_and_an_input_without_a_sensor() -> None:
    rows = collect(HOSTS / "nas/sys")
    assert rows["WDC WD40EFRX-68N temp1"].celsius == 34
    assert rows["ST4000VN008-2DR1 temp1"].critical_celsius == 65
    assert not [name for name in rows if "SYSTIN" in name]


def test_a_raspberry_pi_and_a_container_without_any() -> None:
    assert collect(HOSTS / "raspberrypi/sys") == {
        "cpu_thermal temp1": Temperature("cpu_thermal temp1", 52.582, 110.0)
    }
    assert collect(HOSTS / "container/sys") == {}


def chip(folder: Path, number: int, name: str, device: str = "") -> Path:
    path = folder / f"class/hwmon/hwmon{number}"
    path.mkdir(parents=True)
    (path / "name").write_text(name + "\n")
    (path / "temp1_input").write_text("40000\n")
    if device:
        (path / "device").symlink_to(f"../../../{device}")
    return path


def test_chips_of_one_name_are_told_apart_by_their_place(tmp_path: Path) -> None:
    chip(tmp_path, 0, "drivetemp", "2:0:0:0")
    chip(tmp_path, 1, "drivetemp", "3:0:0:0")
    assert list(collect(tmp_path)) == ["drivetemp temp1 (2:0:0:0)", "drivetemp temp1 (3:0:0:0)"]


def test_a_chip_that_comes_later_is_found(tmp_path: Path) -> None:
    host = Host("/proc", str(tmp_path))
    collector = TemperatureCollector(Workers(), 5)
    chip(tmp_path, 0, "k10temp")
    assert len(collector.collect(host)) == 1
    chip(tmp_path, 1, "amdgpu")
    assert len(collector.collect(host)) == 2


def test_a_sensor_that_hangs_costs_its_own_chip_alone(tmp_path: Path) -> None:
    chip(tmp_path, 0, "k10temp")
    hanging = chip(tmp_path, 1, "drivetemp")
    (hanging / "temp1_input").unlink()
    os.mkfifo(hanging / "temp1_input")  # opening it waits for a writer that does not come
    collector = TemperatureCollector(Workers(), 0.3)
    rows = collector.collect(Host("/proc", str(tmp_path)))
    assert [row.sensor for row in rows] == ["k10temp temp1"]
    with (hanging / "temp1_input").open("wb"):
        pass


def test_thermal_zones_where_there_is_no_chip(tmp_path: Path) -> None:
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text("48312\n")
    assert collect(tmp_path) == {"cpu-thermal": Temperature("cpu-thermal", 48.312)}
    for number, (kind, temperature) in enumerate((("passive", 95000), ("critical", 110000))):
        (zone / f"trip_point_{number}_type").write_text(f"{kind}\n")
        (zone / f"trip_point_{number}_temp").write_text(f"{temperature}\n")
    assert collect(tmp_path) == {"cpu-thermal": Temperature("cpu-thermal", 48.312, 110.0)}
