"""Records in a file, whole, torn and damaged."""

import errno
from pathlib import Path

import pytest
from homelab_agent.journal import Journal, Record, pack, unpack
from hypothesis import given
from hypothesis import strategies as st

records = st.builds(
    Record,
    sequence=st.integers(0, 2**63 - 1),
    time_ms=st.integers(-(2**62), 2**62),
    monotonic_ms=st.integers(0, 2**62),
    body=st.binary(max_size=200),
    restamped=st.booleans(),
)


def some(first: int, count: int) -> list[Record]:
    return [Record(number, number, number, b"x" * 50) for number in range(first, first + count)]


@given(st.lists(records, max_size=8))
def test_what_is_packed_is_unpacked(wanted: list[Record]) -> None:
    content = b"".join(pack(record) for record in wanted)
    found = list(unpack(content))
    assert [record for _, record in found] == wanted
    assert [end for end, _ in found][-1:] == ([len(content)] if wanted else [])


@given(st.lists(records, min_size=1, max_size=5), st.data())
def test_a_torn_end_costs_the_last_record_alone(wanted: list[Record], data: st.DataObject) -> None:
    content = b"".join(pack(record) for record in wanted)
    torn = content[: -data.draw(st.integers(1, wanted[-1].size))]
    assert [record for _, record in unpack(torn)] == wanted[:-1]


@given(st.lists(records, min_size=3, max_size=5), st.data())
def test_damage_within_costs_the_record_that_has_it(
    wanted: list[Record], data: st.DataObject
) -> None:
    parts = [bytearray(pack(record)) for record in wanted]
    place = data.draw(st.integers(0, len(parts[1]) - 1))
    parts[1][place] ^= data.draw(st.integers(1, 255))
    assert [record for _, record in unpack(b"".join(parts))] == [wanted[0], *wanted[2:]]


@given(st.binary(max_size=500))
def test_any_bytes_at_all(content: bytes) -> None:
    assert all(end <= len(content) for end, _ in unpack(content))


def test_a_torn_file_is_cut_and_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(str(path))
    journal.append(some(1, 3))
    journal.close()
    path.write_bytes(path.read_bytes()[:-7])
    again = Journal(str(path))
    assert again.load() == some(1, 2)
    again.append(some(9, 1))
    assert again.load() == [*some(1, 2), *some(9, 1)]
    again.close()


def test_reading_on_from_an_offset(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))
    journal.append(some(1, 10))
    size = some(1, 1)[0].size
    found = journal.read(0, 3 * size + 5)
    assert [record.sequence for _, record in found] == [1, 2, 3]
    rest = journal.read(found[-1][0], 100 * size)
    assert [record.sequence for _, record in rest] == list(range(4, 11))
    assert journal.read(journal.size, 1000) == []
    journal.close()


def test_a_record_larger_than_a_read_is_read_alone(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))
    large = Record(1, 1, 1, b"x" * 10_000)
    journal.append([large, *some(2, 1)])
    assert next(record for _, record in journal.read(0, 100)) == large
    journal.close()


def test_a_full_disk_leaves_what_was_there() -> None:
    # /dev/full can't be truncated back, and needn't be: nothing is ever written to it.
    journal = Journal("/dev/full")
    with pytest.raises(OSError) as raised:  # noqa: PT011 - two errors are possible, and told apart below
        journal.append(some(1, 1))
    assert raised.value.errno in {errno.ENOSPC, errno.EINVAL}
    assert journal.size == 0
    journal.close()


def test_a_cleared_journal_remembers_the_last_sequence(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))
    journal.append(some(1, 3))
    journal.clear(Record(3, 0, 0, b""))
    assert journal.load() == [Record(3, 0, 0, b"")]
    journal.close()
