"""Filesystems, from tables and answers written here; df on this machine is the oracle below."""

import errno
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from homelab_agent.collectors.filesystem import FilesystemCollector, Probe, filesystem, probe
from homelab_agent.contract import Filesystem
from homelab_agent.host import MAX_INTEGER, Host
from homelab_agent.mounts import Mount, Selection
from homelab_agent.workers import Workers

GIB = 1 << 30


def numbers(
    *,
    blocks: int = 1000,
    bfree: int = 600,
    bavail: int = 550,
    frsize: int = 4096,
    files: int = 100,
    ffree: int = 60,
) -> os.statvfs_result:
    # In the order of struct statvfs: bsize differs from frsize on network filesystems.
    return os.statvfs_result((1 << 20, frsize, blocks, bfree, bavail, files, ffree, ffree, 0, 255))


class Machine:
    """A mount table in a folder, and what each mount point answers."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "proc/1/mountinfo"
        self.table.parent.mkdir(parents=True)
        self.host = Host(str(folder / "proc"), str(folder / "sys"))
        self.lines: dict[str, str] = {}
        self.answers: dict[str, Callable[[], Probe]] = {}
        self.asked: list[str] = []
        self.collector = FilesystemCollector(
            Workers(), Selection(), deadline_seconds=0.3, ask=self._ask
        )

    def _ask(self, path: str) -> Probe:
        self.asked.append(path)
        return self.answers[path]()

    def mount(self, mount_point: str, *, options: str = "rw", fs_type: str = "ext4") -> None:
        minor = len(self.lines) + 1
        self.lines[mount_point] = (
            f"1 1 8:{minor} / {mount_point} {options} - {fs_type} /dev/sd{minor} rw"
        )
        self.answers[mount_point] = lambda: Probe((8, minor), True, numbers())  # noqa: FBT003 - is a folder
        self._write()

    def unmount(self, mount_point: str) -> None:
        del self.lines[mount_point]
        self._write()

    def fail(self, mount_point: str, error: int) -> None:
        def answer() -> Probe:
            raise OSError(error, os.strerror(error))

        self.answers[mount_point] = answer

    def collect(self) -> dict[str, Filesystem]:
        return {row.mount_point: row for row in self.collector.collect(self.host)}

    def _write(self) -> None:
        self.table.write_text("".join(line + "\n" for line in self.lines.values()))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_row(machine: Machine) -> None:
    machine.mount("/data", options="ro,relatime")
    assert machine.collect() == {
        "/data": Filesystem(
            mount_point="/data",
            device="/dev/sd1",
            fs_type="ext4",
            total_bytes=1000 * 4096,
            used_bytes=400 * 4096,
            available_bytes=550 * 4096,
            percent=100 * 400 / 950,
            inodes_total=100,
            inodes_used=40,
            read_only=True,
            state="ok",
        )
    }


def test_more_than_twenty_are_all_there_and_a_new_one_appears(machine: Machine) -> None:
    for number in range(25):
        machine.mount(f"/data{number}")
    assert len(machine.collect()) == 25
    machine.mount("/later")
    assert "/later" in machine.collect()


def test_a_full_ext4_is_full() -> None:
    full = filesystem(Mount(b"/", b"/dev/a", "ext4", read_only=False), "/", numbers(bavail=0))
    assert full.available_bytes == 0
    assert full.percent == 100
    # Root has written into what was reserved: the unsigned field shows a negative number.
    over = numbers(bfree=10, bavail=2**64 - 40)
    beyond = filesystem(Mount(b"/", b"/dev/a", "ext4", read_only=False), "/", over)
    assert beyond.available_bytes == 0


def test_numbers_beyond_64_bits_and_without_inodes() -> None:
    most = 2**64 - 1
    odd = numbers(blocks=most, bfree=0, bavail=most, files=0, ffree=0)
    row = filesystem(Mount(b"/", b"x", "fuse.x", read_only=False), "/", odd)
    assert row.total_bytes == row.used_bytes == row.available_bytes == MAX_INTEGER
    assert row.inodes_total is None
    assert row.inodes_used is None


@pytest.mark.parametrize("error", [errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP])
def test_an_unreadable_mount_is_left_out_with_one_warning(
    machine: Machine, error: int, caplog: pytest.LogCaptureFixture
) -> None:
    machine.mount("/a")
    machine.mount("/b")
    machine.fail("/b", error)
    with caplog.at_level(logging.WARNING):
        assert list(machine.collect()) == ["/a"]
        machine.collect()
    assert [record.getMessage() for record in caplog.records] == [
        f"filesystem /b is left out: {os.strerror(error)}"
    ]


@pytest.mark.parametrize(
    "error", [errno.ESTALE, errno.ENOTCONN, errno.EIO, errno.EHOSTDOWN, errno.ETIMEDOUT]
)
def test_an_offline_mount_is_stale_with_its_last_totals(machine: Machine, error: int) -> None:
    machine.mount("/nas", fs_type="nfs4")
    before = machine.collect()["/nas"]
    machine.fail("/nas", error)
    row = machine.collect()["/nas"]
    assert (row.state, row.available_bytes) == ("stale", 0)
    assert (row.total_bytes, row.used_bytes) == (before.total_bytes, before.used_bytes)


def test_one_that_was_never_seen_well_is_stale_with_nothing_known(machine: Machine) -> None:
    machine.mount("/nas", fs_type="nfs4")
    machine.fail("/nas", errno.ESTALE)
    row = machine.collect()["/nas"]
    assert (row.state, row.total_bytes, row.available_bytes, row.percent) == ("stale", 0, 0, 0)


def test_one_that_hangs_is_stale_the_rest_is_well_and_it_is_not_asked_again(
    machine: Machine, release: threading.Event
) -> None:
    machine.mount("/a")
    machine.mount("/hung", fs_type="nfs4")
    machine.mount("/z")
    machine.collect()
    well = machine.answers["/hung"]

    def hang() -> Probe:
        release.wait()
        return well()

    machine.answers["/hung"] = hang
    machine.asked.clear()
    for _ in range(2):
        rows = machine.collect()
        assert {name: row.state for name, row in rows.items()} == {
            "/a": "ok",
            "/hung": "stale",
            "/z": "ok",
        }
    assert machine.asked.count("/hung") == 1


def test_one_that_comes_back_is_well_again(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.mount("/nas", fs_type="nfs4")
    well = machine.answers["/nas"]
    machine.fail("/nas", errno.ESTALE)
    machine.collect()
    machine.answers["/nas"] = well
    with caplog.at_level(logging.INFO):
        assert machine.collect()["/nas"].state == "ok"
    assert caplog.messages[-1] == "filesystem /nas answers again"


def test_one_that_is_gone_is_missing_with_its_last_values(machine: Machine) -> None:
    machine.mount("/a")
    machine.mount("/b")
    before = machine.collect()["/b"]
    machine.unmount("/b")
    machine.asked.clear()
    for _ in range(2):
        row = machine.collect()["/b"]
        assert row.state == "missing"
        assert row.used_bytes == before.used_bytes
        assert row.available_bytes == before.available_bytes
    assert "/b" not in machine.asked  # that would be the folder under it
    machine.mount("/b")
    assert machine.collect()["/b"].state == "ok"


def test_removable_media_and_idle_automounts_just_leave(machine: Machine) -> None:
    machine.mount("/media/stick")
    machine.lines["autofs"] = "1 1 0:90 / /auto rw - autofs systemd-1 rw"
    machine.mount("/auto")
    assert set(machine.collect()) == {"/media/stick", "/auto"}
    machine.unmount("/media/stick")
    machine.unmount("/auto")
    assert machine.collect() == {}
    assert "autofs" not in machine.asked


def test_the_numbers_of_what_stands_under_a_mount_are_never_its_own(machine: Machine) -> None:
    machine.mount("/data")
    machine.answers["/data"] = lambda: Probe((99, 99), True, numbers())  # noqa: FBT003 - is a folder
    assert machine.collect() == {}


def test_files_and_empty_filesystems_are_none(machine: Machine) -> None:
    machine.mount("/file")
    machine.answers["/file"] = lambda: Probe((8, 1), False, numbers())  # noqa: FBT003 - no folder
    machine.mount("/portal", fs_type="fuse.x")
    machine.answers["/portal"] = lambda: Probe((8, 2), True, numbers(blocks=0))  # noqa: FBT003 - is a folder
    assert machine.collect() == {}


def test_names_of_any_bytes_and_length(machine: Machine) -> None:
    long = "/" + "a" * 300
    machine.mount(long)
    machine.answers[long] = lambda: Probe((8, 1), True, numbers())  # noqa: FBT003 - is a folder
    (row,) = machine.collect().values()
    assert len(row.mount_point) == 255
    machine.table.write_bytes(b"1 1 8:1 / /odd\xff rw - ext4 /dev/sda1 rw\n")
    machine.answers["/odd\udcff"] = lambda: Probe((8, 1), True, numbers())  # noqa: FBT003 - is a folder
    assert "/odd�" in machine.collect()


def test_the_mounts_form_serves_where_mountinfo_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "proc/1").mkdir(parents=True)
    (tmp_path / "root/my disk").mkdir(parents=True)
    (tmp_path / "proc/1/mounts").write_text("/dev/sda1 /my\\040disk ext4 rw 0 0\n")
    host = Host(str(tmp_path / "proc"), str(tmp_path), str(tmp_path / "root"))
    (row,) = FilesystemCollector(Workers()).collect(host)
    assert row.mount_point == "/my disk"
    assert row.total_bytes == probe(str(tmp_path)).numbers.f_blocks * os.statvfs(tmp_path).f_frsize


def test_without_a_table_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FilesystemCollector(Workers()).collect(Host(str(tmp_path)))


def test_df_agrees_on_this_machine() -> None:
    """The independent oracle: what changes while both look is allowed for, and no more."""
    rows = {row.mount_point: row for row in FilesystemCollector(Workers()).collect(Host())}
    assert rows
    for mount_point, row in rows.items():
        df = subprocess.run(
            ["df", "-B1", "--output=size,used,avail,pcent,itotal,iused", mount_point],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()[1]
        size, used, available, percent, inodes, inodes_used = df.split()
        assert row.total_bytes == int(size)
        assert abs(row.used_bytes - int(used)) < GIB
        assert abs(row.available_bytes - int(available)) < GIB
        assert -1 < row.percent - int(percent.rstrip("%")) <= 0.5  # df rounds up
        if inodes != "-":
            assert row.inodes_total == int(inodes)
            assert abs((row.inodes_used or 0) - int(inodes_used)) < 100_000
