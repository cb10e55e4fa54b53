"""A heartbeat's parts are judged each on its own, and what is good is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from homelab_cmd.errors import Unprocessable
from homelab_cmd.ingest.decode import decode_batch, decode_heartbeat
from hypothesis import given
from hypothesis import strategies as st

ROOT: dict[str, Any] = {
    "mount_point": "/",
    "device": "/dev/sda1",
    "fs_type": "ext4",
    "total_bytes": 300,
    "used_bytes": 100,
    "available_bytes": 200,
    "percent": 33.3,
}
ETH0: dict[str, Any] = {
    "name": "eth0",
    "rx_bytes": 2**63 - 1,
    "tx_bytes": 0,
    "rx_packets": 1,
    "tx_packets": 2,
    "is_up": True,
}


def heartbeat(**changes: Any) -> dict[str, Any]:
    return {
        "server_id": "nas",
        "hostname": "nas",
        "timestamp": "2026-11-21T07:00:00.123+02:00",
        "filesystems": [ROOT],
        "network_interfaces": [ETH0],
    } | changes


def decode(document: Any) -> Any:
    return decode_heartbeat(json.dumps(document).encode())


def test_an_agent_that_sends_just_the_required_columns_is_accepted() -> None:
    decoded = decode(heartbeat())
    assert decoded.time_ms == 1_795_237_200_123
    assert decoded.rows["filesystem"][0].used_bytes == 100
    assert decoded.rows["filesystem"][0].state == "ok"
    assert decoded.rows["network_interface"][0].rx_bytes == 2**63 - 1
    assert decoded.rejected == []


def test_null_is_not_reported_and_an_empty_list_is_none() -> None:
    decoded = decode(heartbeat(filesystems=None, network_interfaces=[]))
    assert "filesystem" not in decoded.rows
    assert decoded.rows["network_interface"] == []


@pytest.mark.parametrize(
    "bad,path",
    [
        (ROOT | {"mount_point": "/x", "used_bytes": 2**63}, "filesystems[1].used_bytes"),
        (ROOT | {"mount_point": "/x", "used_bytes": -1}, "filesystems[1].used_bytes"),
        (ROOT | {"mount_point": "/x", "used_bytes": 5.0}, "filesystems[1].used_bytes"),
        (ROOT | {"mount_point": "/x", "used_bytes": "5"}, "filesystems[1].used_bytes"),
        (ROOT | {"mount_point": "/x", "percent": float("nan")}, "filesystems[1]"),
        (ROOT | {"mount_point": "/x", "percent": float("inf")}, "filesystems[1]"),
        (ROOT | {"mount_point": "/x", "percent": 100.5}, "filesystems[1].percent"),
        (ROOT | {"mount_point": ""}, "filesystems[1].mount_point"),
        (ROOT | {"mount_point": "/" * 256}, "filesystems[1].mount_point"),
        (ROOT | {"mount_point": "/\ud800"}, "filesystems[1]"),
        (ROOT | {"mount_point": "/a\x00b"}, "filesystems[1]"),
        (ROOT | {"mount_point": "/x", "state": "fine"}, "filesystems[1].state"),
        (ROOT, "filesystems[1].mount_point"),
        ({}, "filesystems[1]"),
        (None, "filesystems[1]"),
        ([], "filesystems[1]"),
    ],
)
def test_a_bad_row_is_named_and_costs_nothing_else(bad: Any, path: str) -> None:
    decoded = decode(heartbeat(filesystems=[ROOT, bad, ROOT | {"mount_point": "/ok"}]))
    assert [row.mount_point for row in decoded.rows["filesystem"]] == ["/", "/ok"]
    assert [refusal.path for refusal in decoded.rejected] == [path]
    assert len(decoded.rows["network_interface"]) == 1


def test_a_family_that_is_no_list_is_refused_alone() -> None:
    decoded = decode(heartbeat(filesystems={"/": 1}))
    assert [refusal.path for refusal in decoded.rejected] == ["filesystems"]
    assert "filesystem" not in decoded.rows
    assert "network_interface" in decoded.rows


def test_more_than_a_thousand_rows_are_cut_and_named() -> None:
    rows = [ROOT | {"mount_point": f"/{number}"} for number in range(10_000)]
    decoded = decode(heartbeat(filesystems=rows))
    assert len(decoded.rows["filesystem"]) == 1_000
    assert decoded.rejected[0].path == "filesystems[1000:]"


@pytest.mark.parametrize(
    "field,value",
    [
        ("server_id", "NAS"),
        ("server_id", ""),
        ("server_id", "a" * 101),
        ("hostname", None),
        ("hostname", "h" * 256),
        ("hostname", "h\x00"),
        ("timestamp", "2026-11-21T07:00:00"),
        ("timestamp", "yesterday"),
        ("timestamp", 1_795_237_200),
        ("server_guid", "1234"),
        ("interval_seconds", 0),
        ("interval_seconds", float("nan")),
        ("sequence", -1),
        ("os_info", {"kernel": "k" * 256}),
        ("collectors", {"host": {"ok": True}}),
    ],
)
def test_the_envelope_is_judged_strictly(field: str, value: Any) -> None:
    with pytest.raises(Unprocessable) as caught:
        decode(heartbeat(**{field: value}))
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"\xf4": 1}'),
        *(b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"1" * 5_000),
    ],
)
def test_what_is_no_json_object_is_422(body: bytes) -> None:
    for decode_any in (decode_heartbeat, decode_batch):
        with pytest.raises(Unprocessable):
            decode_any(body)


def test_of_duplicate_keys_the_last_counts_on_both_ways_through() -> None:
    text = json.dumps(heartbeat())[:-1] + ', "hostname": "second"}'
    assert decode_heartbeat(text.encode()).envelope.hostname == "second"
    odd = text[:-1] + ', "filesystems": [{}]}'
    assert decode_heartbeat(odd.encode()).envelope.hostname == "second"


def test_a_batch_is_judged_item_by_item() -> None:
    body = json.dumps({"heartbeats": [heartbeat(), {"hostname": "x"}, 3]}).encode()
    good, bad, worse = decode_batch(body)
    assert not isinstance(good, Unprocessable)
    assert isinstance(bad, Unprocessable)
    assert isinstance(worse, Unprocessable)


@pytest.mark.parametrize("body", [b"{}", b'{"heartbeats": []}', b'{"heartbeats": 3}', b"[]"])
def test_a_batch_needs_its_list(body: bytes) -> None:
    with pytest.raises(Unprocessable, match="heartbeats"):
        decode_batch(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(field=st.sampled_from([*heartbeat(), "metrics", "os_info", "sequence"]), value=json_values)
def test_whatever_a_field_holds_the_answer_is_a_heartbeat_or_a_422(field: str, value: Any) -> None:
    try:
        decoded = decode(heartbeat(**{field: value}))
    except Unprocessable:
        return
    assert decoded.time_ms > 0
