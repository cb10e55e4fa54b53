"""What waits for the server: kept, handed out oldest first, bounded."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from homelab_agent.journal import Record
from homelab_agent.spool import Spool

MEGABYTE = 1_000_000


def record(sequence: int, size: int = 100) -> Record:
    return Record(sequence, 1_000 * sequence, sequence, b"x" * size)


class Folders:
    """The two folders of a spool, and a new spool over them whenever asked for."""

    def __init__(self, folder: Path) -> None:
        self.disk = folder / "disk"
        self.fast = folder / "fast"
        self.disk.mkdir()
        self.fast.mkdir()

    def open(self, max_bytes: int = 10 * MEGABYTE) -> Spool:
        return Spool(str(self.disk), str(self.fast), max_bytes)

    def segments(self) -> list[str]:
        return sorted(path.name for path in self.disk.glob("segment*"))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def everything(spool: Spool) -> list[int]:
    """The sequences in the order in which a sender would get them."""
    found = []
    while batch := spool.oldest(7, 2_000):
        found += [one.sequence for one in batch.records]
        spool.settle_batch(batch, len(batch.records))
    newest = spool.newest()
    return [*found, newest.sequence] if newest else found


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """Let no file grow past `size`: a write fails with EFBIG then, as ENOSPC on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_while_sends_succeed_the_disk_is_not_touched(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 50):
        spool.add(record(sequence))
        newest = spool.newest()
        assert newest is not None
        assert newest.sequence == sequence
        spool.settle([newest])
    assert spool.newest() is None
    assert list(folders.disk.iterdir()) == []
    assert (folders.fast / "recent").stat().st_size < 100


def test_a_kill_loses_nothing_that_was_added(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 4):
        spool.add(record(sequence))
    # No close: the next start finds what the last left.
    again = folders.open()
    assert again.last_sequence == 3
    assert everything(again) == [1, 2, 3]


def test_the_last_number_outlives_an_empty_spool(folders: Folders) -> None:
    spool = folders.open()
    spool.add(record(41))
    spool.settle([record(41)])
    assert folders.open().next_sequence(1_000) == 42


def test_the_number_of_a_torn_record_is_not_given_out_again(folders: Folders) -> None:
    spool = folders.open()
    for sequence in (40, 41):
        spool.add(record(sequence))
    path = folders.fast / "recent"
    path.write_bytes(path.read_bytes()[:-5])
    assert folders.open().next_sequence(1_000) == 42


def test_without_tmpfs_no_number_is_given_out_twice(folders: Folders) -> None:
    spool = Spool(str(folders.disk), str(folders.disk), MEGABYTE)
    spool.add(record(41))
    assert Spool(str(folders.disk), str(folders.disk), MEGABYTE).next_sequence(1_000) == 1_000


def test_after_a_reboot_the_disk_has_what_was_spilled(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 4):
        spool.add(record(sequence))
    spool.spill()
    spool.add(record(4))
    (folders.fast / "recent").unlink()
    again = folders.open()
    assert everything(again) == [1, 2, 3]
    assert again.next_sequence(1_000) == 1_000


def test_the_oldest_come_first_the_newest_is_kept_apart(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 30):
        spool.add(record(sequence))
        if sequence % 10 == 0:
            spool.spill()
    newest = spool.newest()
    assert newest is not None
    assert newest.sequence == 29
    assert everything(spool) == list(range(1, 30))


def test_a_batch_may_be_settled_in_part(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 11):
        spool.add(record(sequence))
    spool.spill()
    batch = spool.oldest(6, 100_000)
    assert batch is not None
    spool.settle_batch(batch, 4)
    assert spool.depth().stored == 6
    assert everything(spool) == list(range(5, 11))
    assert folders.segments() == []


def test_close_brings_all_to_disk(folders: Folders) -> None:
    spool = folders.open()
    spool.add(record(1))
    spool.close()
    (folders.fast / "recent").unlink()
    assert everything(folders.open()) == [1]


def test_a_torn_segment_is_cut(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 4):
        spool.add(record(sequence))
    spool.spill()
    (name,) = folders.segments()
    path = folders.disk / name
    path.write_bytes(path.read_bytes()[:-20])
    (folders.fast / "recent").unlink()
    assert everything(folders.open()) == [1, 2]


@pytest.mark.parametrize("content", [b"", b"\0" * 5_000, b"garbage"])
def test_files_of_garbage_stop_nothing(folders: Folders, content: bytes) -> None:
    (folders.disk / "segment-000000000001").write_bytes(content)
    (folders.disk / "segment-odd").write_bytes(content)
    (folders.fast / "recent").write_bytes(content)
    spool = folders.open()
    spool.add(record(1))
    assert everything(spool) == [1]


def test_the_bound_on_disk_gives_up_the_oldest(folders: Folders) -> None:
    spool = folders.open(MEGABYTE)
    for sequence in range(1, 201):
        spool.add(record(sequence, 10_000))
        if sequence % 20 == 0:
            spool.spill()
    assert spool.depth().stored_bytes <= MEGABYTE
    found = everything(spool)
    assert found == list(range(found[0], 201))
    assert spool.dropped == found[0] - 1


def test_a_full_disk_keeps_the_newest(folders: Folders) -> None:
    spool = folders.open()
    for sequence in range(1, 11):
        spool.add(record(sequence, 2_000))
    spool.spill()
    with small_files(1_000):
        for sequence in range(11, 14):
            spool.add(record(sequence, 2_000))
        spool.spill()
    # The old segment was given up for room, and what then fitted nowhere stayed in memory.
    assert spool.dropped == 10
    assert everything(spool) == [11, 12, 13]


def test_memory_is_bounded_when_nothing_can_be_written(folders: Folders) -> None:
    spool = folders.open()
    with small_files(0):
        for sequence in range(1, 400):
            spool.add(record(sequence, 10_000))
    found = everything(spool)
    assert found[-1] == 399
    assert len(found) * 10_000 <= 2.1 * MEGABYTE
    assert spool.dropped == 399 - len(found)


def test_what_is_too_old_for_any_server_is_given_up(folders: Folders) -> None:
    spool = folders.open()
    spool.add(record(1))
    spool.spill()
    spool.drop_before(1_000)
    assert spool.depth().stored == 1
    spool.drop_before(1_001)
    assert spool.depth().stored == 0


def test_refused_ones_lie_where_one_can_look(folders: Folders) -> None:
    spool = folders.open()
    for _ in range(3):
        spool.set_aside(record(1), b'{"odd":1}' + b" " * 600_000, "it is odd")
    lines = (folders.disk / "refused.jsonl").read_bytes().splitlines()
    assert len(lines) == 1
    assert (folders.disk / "refused.jsonl.old").exists()


def test_an_error_of_the_disk_while_reading_leaves_the_file_alone(folders: Folders) -> None:
    spool = folders.open()
    spool.add(record(1))
    spool.spill()
    batch = spool.oldest(1, 1_000)
    assert batch is not None
    assert batch.segment is not None
    # A descriptor that can't be read stands in for a disk that can't.
    broken = os.open(folders.fast, os.O_RDONLY)
    os.dup2(broken, batch.segment.journal._descriptor)
    assert spool.oldest(1, 1_000) is None
    assert len(folders.segments()) == 1
