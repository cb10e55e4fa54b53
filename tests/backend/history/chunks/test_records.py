from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from homelab_agent.contract import Filesystem, HostMetrics
from homelab_cmd.history.chunks import records
from homelab_cmd.history.chunks.records import Dictionary
from homelab_cmd.history.interface import Heartbeat


def heartbeat(number: int, *, state: str = "ok") -> Heartbeat:
    disks = [
        Filesystem(
            f"/srv/disk{disk}",
            f"/dev/sd{disk}",
            "ext4",
            4 * 10**12,
            10**12 + number * 4096,
            3 * 10**12,
            25.1,
            state=state,  # type: ignore[arg-type]  # drawn from the choices
        )
        for disk in range(8)
    ]
    rows: dict[str, list[Any]] = {
        "filesystem": disks,
        "host": [HostMetrics(cpu_percent=number / 7)],
    }
    return Heartbeat(1, number * 10_000, number, "boot", 10_000, rows)


def no_dictionary(identifier: int) -> Dictionary:
    raise ValueError(f"dictionary {identifier} is gone")


def test_a_record_comes_back_with_and_without_a_dictionary() -> None:
    dictionary = Dictionary(7, records.encode(heartbeat(1)))
    content = records.encode(heartbeat(2))
    plain, packed = records.pack(content, None), records.pack(content, dictionary)
    assert len(packed) < len(plain) / 3
    assert records.unpack(plain, no_dictionary) == content
    assert records.unpack(packed, {7: dictionary}.__getitem__) == content
    record = records.decode(content)
    assert (record.boot_id, record.interval_ms) == ("boot", 10_000)
    assert [name for name, _, _ in record.families] == ["filesystem", "host"]
    assert record.families[0][2][3][0] == "/srv/disk3"


def test_a_row_whose_numbers_are_old_keeps_its_state_alone() -> None:
    record = records.decode(records.encode(heartbeat(1, state="stale")))
    _, numbers, rows = record.families[0]
    values = dict(zip(numbers, rows[0][1:], strict=True))
    assert rows[0][0] == "/srv/disk0"
    assert {value for value in values.values() if value is not None} == {"stale"}


def test_an_empty_family_is_told_from_one_that_was_not_reported() -> None:
    empty = Heartbeat(1, 0, 0, None, None, {"network_interface": []})
    assert [family[0] for family in records.decode(records.encode(empty)).families] == [
        "network_interface"
    ]


def test_damage_is_an_error_and_no_crash() -> None:
    dictionary = Dictionary(7, records.encode(heartbeat(1)))
    packed = bytearray(records.pack(records.encode(heartbeat(2)), dictionary))
    for position in range(5, len(packed)):
        damaged = (
            bytes(packed[:position]) + bytes([packed[position] ^ 0x41]) + packed[position + 1 :]
        )
        with pytest.raises(ValueError, match=r".+"):
            records.decode(records.unpack(damaged, {7: dictionary}.__getitem__))
    with pytest.raises(ValueError, match="gone"):
        records.unpack(bytes(packed), no_dictionary)
    with pytest.raises(ValueError, match="unknown kind"):
        records.unpack(b"", no_dictionary)
    with pytest.raises(ValueError, match="version 9"):
        records.decode(records.encode(heartbeat(1)).replace(b"\x94\x01", b"\x94\x09", 1))


def test_threads_may_share_a_dictionary() -> None:
    dictionary = Dictionary(7, records.encode(heartbeat(1)))
    contents = [records.encode(heartbeat(number)) for number in range(2, 42)]
    packed = [dictionary.pack(content) for content in contents]

    def read_and_write(_: int) -> bool:
        read = [dictionary.unpack(payload) for payload in packed]
        return read == contents and [dictionary.pack(content) for content in contents] == packed

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read_and_write, range(80)))
