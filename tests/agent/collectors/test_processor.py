"""Processors one by one, from texts and from this machine."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors.processor import ProcessorCollector, parse_processors
from homelab_agent.contract import Processor
from homelab_agent.host import Host

HOSTS = Path(__file__).parents[2] / "fixtures/hosts"


def test_each_processor_since_the_reading_before(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    collector = ProcessorCollector()
    stat.write_text("cpu  0 0 0 0\ncpu0 100 0 0 900 0 0 0 0\ncpu1 0 0 0 1000 0 0 0 0\nintr 1\n")
    assert collector.collect(Host(str(tmp_path))) == []
    stat.write_text("cpu  0 0 0 0\ncpu0 125 0 0 975 0 0 0 0\ncpu1 0 0 0 1060 40 0 0 0\nintr 1\n")
    assert collector.collect(Host(str(tmp_path))) == [Processor("0", 25.0), Processor("1", 0.0)]


def test_one_that_went_off_and_one_that_came(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    collector = ProcessorCollector()
    stat.write_text("cpu0 1 0 0 9\ncpu1 1 0 0 9\n")
    assert collector.collect(Host(str(tmp_path))) == []
    stat.write_text("cpu0 2 0 0 18\ncpu2 1 0 0 9\n")
    assert [row.name for row in collector.collect(Host(str(tmp_path)))] == ["0"]


@pytest.mark.parametrize("text", [b"", b"cpu 1 2 3 4\n", b"cpu0 a\n", b"cpux 1 2 3 4\n"])
def test_what_is_no_processor(text: bytes) -> None:
    assert parse_processors(text) == {}


def test_interrupts_are_not_looked_at() -> None:
    assert list(parse_processors(b"cpu0 1 2 3 4\nintr 1\ncpu1 1 2 3 4\n")) == ["0"]


@pytest.mark.parametrize(
    "machine, processors", [("laptop", 8), ("nas", 4), ("docker", 4), ("raspberrypi", 4)]
)
def test_recorded_hosts(machine: str, processors: int) -> None:
    text = (HOSTS / machine / "proc/stat").read_bytes()
    assert list(parse_processors(text)) == [str(number) for number in range(processors)]


def test_the_processors_of_this_machine() -> None:
    online = len(parse_processors(Path("/proc/stat").read_bytes()))
    assert online == os.sysconf("SC_NPROCESSORS_ONLN")
