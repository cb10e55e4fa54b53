"""Control groups: texts, and where containers are found."""

from pathlib import Path

import pytest
from homelab_agent.cgroup import Usage, containers, parse_flat, parse_io, read_usage
from homelab_agent.host import MAX_INTEGER, Host

HOSTS = Path(__file__).parent.parent / "fixtures/hosts"


@pytest.mark.parametrize(
    "text, name, value",
    [
        (b"usage_usec 12\nuser_usec 5\n", b"usage_usec", 12),
        (b"usage_usec 12\n", b"user_usec", None),
        (b"4096\n", b"", 4096),
        (b"max\n", b"", None),
        (b"18446744073709551615\n", b"", MAX_INTEGER),
        (b"", b"", None),
    ],
)
def test_flat_files(text: bytes, name: bytes, value: int | None) -> None:
    assert parse_flat(text, name) == value


@pytest.mark.parametrize(
    "text, both",
    [
        (b"8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n", (11, 22)),
        (b"8:0 \n", (None, None)),
        (b"", (None, None)),
        (b"8:0 rbytes=x wbytes=-1\n", (None, None)),
    ],
)
def test_io(text: bytes, both: tuple[int | None, int | None]) -> None:
    assert parse_io(text) == both


@pytest.mark.parametrize(
    "machine, place",
    [
        ("docker", f"system.slice/docker-{'a' * 64}.scope"),
        ("raspberrypi", f"docker/{'c' * 64}"),
        (
            "laptop",
            f"user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{'d' * 64}.scope",
        ),
    ],
)
def test_where_containers_are(machine: str, place: str) -> None:
    sysfs = str(HOSTS / machine / "sys")
    assert f"{sysfs}/fs/cgroup/{place}" in containers(Host("/proc", sysfs)).values()


def test_usage_without_the_memory_controller() -> None:
    sysfs = str(HOSTS / "raspberrypi/sys")
    usage = read_usage(Host("/proc", sysfs), f"{sysfs}/fs/cgroup/docker/{'c' * 64}")
    assert usage == Usage(77_000_000, None, 90430465, 299008002)


def test_a_group_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_usage(Host(), str(tmp_path / "gone"))
