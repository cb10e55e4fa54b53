"""What becomes of heartbeats under every answer of a server."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.clock import ServerClock, boot_ms, iso, now_ms
from homelab_agent.journal import Record
from homelab_agent.sender import Sender, compress
from homelab_agent.spool import Spool
from homelab_agent.transport import Transport

from tests.agent.standin import Listening, Reply, Request, StandIn, error

DAY_MS = 86_400_000
BOOT = "11111111-2222-4333-8444-555555555555"


class Sending:
    """A spool, a stand-in for the server, and a sender between them."""

    def __init__(self, folder: Path, listen: Callable[..., Listening]) -> None:
        self.stand_in = StandIn()
        self.listen = listen
        self.server = listen(self.stand_in)
        folder.joinpath("disk").mkdir()
        folder.joinpath("fast").mkdir()
        self.disk = folder / "disk"
        self.spool = Spool(str(self.disk), str(folder / "fast"), 10_000_000)
        self.token = "first"
        self.sender = self._sender()
        self.base_ms = now_ms() - 100_000
        self.sequence = 0

    def _sender(self) -> Sender:
        return Sender(
            Transport(self.server.url),
            self.spool,
            ServerClock(),
            read_token=lambda: self.token,
            interval_seconds=1,
            boot_id=BOOT,
        )

    def add(self, time_ms: int | None = None, **fields: Any) -> Record:
        """Put a heartbeat into the spool; its time is taken to be when it was collected."""
        self.sequence += 1
        time_ms = self.base_ms + 10 * self.sequence if time_ms is None else time_ms
        heartbeat = {"timestamp": iso(time_ms), "sequence": self.sequence, "boot_id": BOOT}
        body = compress(json.dumps({**heartbeat, **fields}).encode())
        record = Record(self.sequence, time_ms, boot_ms() - (now_ms() - time_ms), body)
        self.spool.add(record)
        return record

    def accepted(self) -> list[int]:
        """The sequences that the server has, in the order of their times."""
        return [self.stand_in.accepted[time_ms] for time_ms in sorted(self.stand_in.accepted)]

    def wait_until_empty(self) -> None:
        self.sender.wake()
        deadline = time.monotonic() + 30
        while self.spool.depth() != (empty := type(self.spool.depth())(0, 0, 0)):
            assert time.monotonic() < deadline, (self.spool.depth(), empty)
            time.sleep(0.01)


@pytest.fixture
def sending(tmp_path: Path, listen: Callable[..., Listening]) -> Iterator[Sending]:
    sending = Sending(tmp_path, listen)
    yield sending
    sending.sender.stop(20)


def once(reply: Reply) -> Callable[[Request], Reply | None]:
    """Answer the first request so, and none after it."""
    left = [reply]
    return lambda _request: left.pop() if left else None


def test_a_live_one_goes_alone_and_compressed(sending: Sending) -> None:
    sending.add()
    sending.sender.start()
    sending.wait_until_empty()
    (request,) = sending.stand_in.requests
    assert request.path == "/api/v1/agents/heartbeat"
    assert request.headers["Content-Encoding"] == "gzip"
    assert sending.accepted() == [1]
    assert sending.sender.progress.state == "sending"
    assert list(sending.disk.iterdir()) == []


def test_what_waited_goes_in_batches_oldest_first_after_the_live_one(sending: Sending) -> None:
    for _ in range(120):
        sending.add()
    sending.spool.spill()
    live = sending.add()
    sending.sender.start()
    sending.wait_until_empty()
    requests = sending.stand_in.requests
    assert requests[0].body["sequence"] == live.sequence
    batches = [request.body["heartbeats"] for request in requests[1:]]
    assert len(batches) <= 3
    sent = [heartbeat["sequence"] for batch in batches for heartbeat in batch]
    assert sent == list(range(1, 121))


def test_a_live_one_that_comes_meanwhile_goes_before_the_next_batch(sending: Sending) -> None:
    for _ in range(200):
        sending.add()
    sending.spool.spill()
    added: list[int] = []

    def add_another(request: Request) -> None:
        if "heartbeats" in request.body and len(added) < 2:
            added.append(sending.add().sequence)

    sending.stand_in.refuse = add_another
    sending.sender.start()
    sending.wait_until_empty()
    order = ["heartbeats" in request.body for request in sending.stand_in.requests]
    assert order[:4] == [True, False, True, False]
    assert len(sending.accepted()) == 202


@pytest.mark.parametrize(
    "reply",
    [
        error(503, "UNAVAILABLE", Retry_After="0"),
        error(429, "TOO_MANY_REQUESTS", Retry_After="0"),
        error(500, "INTERNAL_ERROR"),
        error(502, "BAD_GATEWAY"),
        error(404, "NOT_FOUND"),
        error(302, "MOVED"),
        error(400, "BAD_REQUEST"),
    ],
)
def test_trouble_of_the_server_loses_nothing(sending: Sending, reply: Reply) -> None:
    sending.stand_in.refuse = once(reply)
    for _ in range(5):
        sending.add()
    sending.sender.start()
    sending.wait_until_empty()
    assert sending.accepted() == [1, 2, 3, 4, 5]
    assert not (sending.disk / "refused.jsonl").exists()


def test_after_a_failure_what_waits_is_on_disk(sending: Sending) -> None:
    sending.stand_in.refuse = lambda _request: error(503, "UNAVAILABLE", Retry_After="3000")
    sending.add()
    sending.sender.start()
    sending.sender.wake()
    deadline = time.monotonic() + 20
    while sending.spool.depth().stored != 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert sending.sender.progress.state == "waiting"
    assert len(sending.stand_in.requests) == 1


def test_a_server_that_was_away_gets_everything(sending: Sending) -> None:
    sending.server.stop()
    for _ in range(30):
        sending.add()
    sending.sender.start()
    sending.sender.wake()
    deadline = time.monotonic() + 20
    while sending.sender.progress.state != "unreachable":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sending.listen(sending.stand_in, port=sending.server.server_address[1])
    sending.wait_until_empty()
    assert sending.accepted() == list(range(1, 31))


@pytest.mark.parametrize("status", [413, 422])
def test_a_refused_heartbeat_is_set_aside_and_named(
    sending: Sending, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(request: Request) -> Reply | None:
        if request.body.get("odd"):
            return error(status, "VALIDATION_ERROR", "it is odd")
        if any(heartbeat.get("odd") for heartbeat in request.body.get("heartbeats", ())):
            return error(422, "VALIDATION_ERROR", "one of them is odd")
        return None

    sending.stand_in.refuse = refuse
    for number in range(6):
        sending.add(odd=number == 2)
    with caplog.at_level(logging.WARNING):
        sending.sender.start()
        sending.wait_until_empty()
    assert sending.accepted() == [1, 2, 4, 5, 6]
    lines = (sending.disk / "refused.jsonl").read_text().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [3]
    assert "heartbeat 3 is refused and set aside: it is odd" in caplog.text
    assert sending.sender.progress.set_aside == 1


@pytest.mark.parametrize("status, code", [(401, "X"), (403, "WRONG_SERVER"), (409, "GUID")])
def test_a_refused_agent_keeps_everything(sending: Sending, status: int, code: str) -> None:
    sending.stand_in.refuse = lambda _request: error(status, code, "who are you")
    for _ in range(3):
        sending.add()
    sending.sender.start()
    sending.sender.wake()
    deadline = time.monotonic() + 20
    while sending.spool.depth().stored != 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sending.add()
    sending.sender.wake()
    time.sleep(0.1)
    # Tried again slowly: not for each heartbeat that comes.
    assert len(sending.stand_in.requests) == 1
    assert sending.sender.progress.state == "refused"
    assert "who are you" in sending.sender.progress.reason
    assert sending.spool.depth().recent == 1


def test_a_token_that_was_rotated_is_read_again(sending: Sending) -> None:
    def refuse(request: Request) -> Reply | None:
        good = request.headers["Authorization"] == "Bearer second"
        return None if good else error(401, "UNAUTHORIZED")

    sending.stand_in.refuse = refuse
    sending.add()
    sending.token = "second"
    sending.sender.start()
    sending.sender.wake()
    deadline = time.monotonic() + 20
    while sending.sender.progress.state != "refused":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sending.sender._not_before = 0  # a minute later
    sending.wait_until_empty()
    assert sending.accepted() == [1]


def test_a_taken_time_is_moved_by_a_millisecond(sending: Sending) -> None:
    for offset in range(3):
        sending.stand_in.accepted[sending.base_ms + offset] = 900 + offset
    sending.add(sending.base_ms)
    sending.sender.start()
    sending.wait_until_empty()
    assert sending.stand_in.accepted[sending.base_ms + 3] == 1


def test_taken_times_within_a_batch(sending: Sending) -> None:
    for _ in range(5):
        sending.add(sending.base_ms)
    sending.sender.start()
    sending.wait_until_empty()
    assert sorted(sending.accepted()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("off_ms", [-40 * DAY_MS, DAY_MS, 20_000 * DAY_MS])
def test_times_of_a_wrong_clock_are_put_right_and_marked(sending: Sending, off_ms: int) -> None:
    true_ms = sending.base_ms
    for number in range(5):
        record = sending.add(true_ms + 1_000 * number + off_ms)
        # What the clock that never steps says of that moment.
        right = boot_ms() - (now_ms() - (true_ms + 1_000 * number))
        sending.spool.replace(record, Record(record.sequence, record.time_ms, right, record.body))
    sending.sender.start()
    sending.wait_until_empty()
    assert sending.accepted() == [1, 2, 3, 4, 5]
    times = sorted(sending.stand_in.accepted)
    assert all(abs(found - (true_ms + 1_000 * number)) < 900 for number, found in enumerate(times))
    for heartbeat in sending.stand_in.heartbeats:
        assert heartbeat["clock_offset_seconds"] == pytest.approx(-off_ms / 1_000, abs=1)


def test_times_of_an_earlier_boot_are_not_guessed(sending: Sending) -> None:
    sending.add(now_ms() - 40 * DAY_MS, boot_id="another")
    sending.add()
    sending.sender.start()
    sending.wait_until_empty()
    assert sending.accepted() == [2]
    assert (sending.disk / "refused.jsonl").exists()


def test_a_server_without_the_bulk_path(sending: Sending) -> None:
    def refuse(request: Request) -> Reply | None:
        return error(404, "NOT_FOUND") if request.path.endswith("heartbeats") else None

    sending.stand_in.refuse = refuse
    for _ in range(4):
        sending.add()
    sending.sender.start()
    sending.wait_until_empty()
    assert sending.accepted() == [1, 2, 3, 4]


def test_a_batch_that_is_too_large_is_made_smaller(sending: Sending) -> None:
    def refuse(request: Request) -> Reply | None:
        many = len(request.body.get("heartbeats", ())) > 5
        return error(413, "PAYLOAD_TOO_LARGE") if many else None

    sending.stand_in.refuse = refuse
    for _ in range(20):
        sending.add()
    sending.sender.start()
    sending.wait_until_empty()
    assert sending.accepted() == list(range(1, 21))


def test_a_delay_that_the_server_asks_for(sending: Sending) -> None:
    sending.stand_in.next_interval_seconds = 1.2
    sending.sender.start()
    for _ in range(2):
        sending.add()
        sending.wait_until_empty()
    assert sending.sender._delay_seconds == pytest.approx(0.2)
    sending.stand_in.next_interval_seconds = 3_600
    sending.add()
    sending.wait_until_empty()
    assert sending.sender._delay_seconds == 0.5


def test_what_the_server_left_out_is_logged_once(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    rejected = [{"path": "filesystems[0].percent", "reason": "too much"}]
    sending.stand_in.refuse = lambda _request: (200, {"rejected": rejected}, {})
    with caplog.at_level(logging.WARNING):
        sending.sender.start()
        for _ in range(3):
            sending.add()
            sending.wait_until_empty()
    assert caplog.text.count("the server left out filesystems[0].percent: too much") == 1


def test_one_line_for_each_change_of_state(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        sending.sender.start()
        for _ in range(5):
            sending.add()
            sending.wait_until_empty()
        sending.stand_in.refuse = once(error(503, "UNAVAILABLE", "full", Retry_After="0"))
        sending.add()
        sending.wait_until_empty()
        sending.sender.stop(20)
    assert caplog.messages == [
        "the server takes heartbeats",
        "the server can't take it now: full; heartbeats are kept",
        "the server takes heartbeats",
    ]
