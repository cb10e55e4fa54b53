"""The largest programs, from texts, a tree and this machine's own processes."""

import os
from pathlib import Path

import pytest
from homelab_agent.collectors import Off, Wishes, every_collector
from homelab_agent.collectors.process import One, ProcessCollector, largest, parse_process
from homelab_agent.contract import PROCESS, Process
from homelab_agent.host import Host
from homelab_agent.mounts import Selection
from homelab_agent.workers import Workers

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 1_000_000 // os.sysconf("SC_CLK_TCK")


def stat(name: str, *, ticks: int = 0, pages: int = 0, began: int = 5) -> str:
    words = ["S", "1", *["0"] * 9, str(ticks), "0", *["0"] * 6, str(began), "0", str(pages)]
    return f"4711 ({name}) {' '.join(words)} 18446744073709551615 1 1\n"


def test_a_process() -> None:
    assert parse_process(stat("nginx", ticks=7, pages=3).encode()) == One(
        "nginx", b"5", 7 * TICK, 3 * PAGE
    )


@pytest.mark.parametrize("name", ["tmux: server", "a) S 1 (b", "((sd-pam))"])
def test_odd_names(name: str) -> None:
    process = parse_process(stat(name).encode())
    assert process is not None
    assert process.name == name


@pytest.mark.parametrize("text", [b"", b"1 (a) S 1", b"1 () S", b"1 a S 1 2 3", b")("])
def test_no_process(text: bytes) -> None:
    assert parse_process(text) is None


def test_a_program_is_the_sum_of_its_processes(tmp_path: Path) -> None:
    collector = ProcessCollector()

    def after(uptime: int, ticks: int) -> list[Process]:
        (tmp_path / "uptime").write_text(f"{uptime}.00 1.0\n")
        (tmp_path / "stat").write_text("cpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 1\n")
        for pid in ("10", "11"):
            (tmp_path / pid).mkdir(exist_ok=True)
            (tmp_path / pid / "stat").write_text(stat("worker", ticks=ticks, pages=2))
        return collector.collect(Host(str(tmp_path)))

    assert after(100, 0) == [Process("worker", 2, None, 4 * PAGE)]
    # Each took a second of ten, of two processors.
    (row,) = after(110, os.sysconf("SC_CLK_TCK"))
    assert row.cpu_percent == pytest.approx(10)


def test_the_largest_by_either() -> None:
    programs = [Process(f"busy{number}", 1, 50.0 - number, 1) for number in range(12)]
    programs += [Process(f"fat{number}", 1, 0.0, 1000 - number) for number in range(12)]
    names = [row.name for row in largest(programs)]
    assert names == [f"busy{n}" for n in range(10)] + [f"fat{n}" for n in range(10)]


def test_it_is_off_unless_asked_for() -> None:
    def collector(wishes: Wishes) -> object:
        collectors = every_collector(Workers(), Selection(), 1, wishes)
        return next(one for one in collectors if one.family is PROCESS)

    assert isinstance(collector(Wishes()), Off)
    assert isinstance(collector(Wishes(enable=("process",))), ProcessCollector)


def test_this_machine() -> None:
    own = parse_process(Path("/proc/self/stat").read_bytes())
    assert own is not None
    assert own.name == Path("/proc/self/comm").read_text(encoding="utf-8").strip()
    assert 1 <= len(ProcessCollector().collect(Host())) <= 20
