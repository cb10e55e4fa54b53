"""Gets heartbeats to the server: the live one first, then what waited, the oldest first."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from homelab_agent.clock import ServerClock, boot_ms, iso, now_ms, parse_iso
from homelab_agent.config import ConfigError
from homelab_agent.journal import Record
from homelab_agent.spool import SPILL_EVERY_SECONDS, Batch, Spool
from homelab_agent.transport import Answer, Transport, UnreachableError

log = logging.getLogger(__name__)

ONE_PATH = "/api/v1/agents/heartbeat"
MANY_PATH = "/api/v1/agents/heartbeats"
# Compressed bytes and records of one batch: large enough to be quick, small enough for memory.
_BATCH_BYTES = 96 * 1024
_MAX_BATCH = 500
_FIRST_BATCH = 50
_LEAST_BATCH = 20
# A refused agent stays refused until somebody mends it.
_REFUSED_AGAIN_SECONDS = (60.0, 300.0)
_KEEP_DAYS = 30
_MAX_MOVES = 1_000


class RefusedError(Exception):
    """The server does not take heartbeats of this agent: wrong token, name or guid."""


class LaterError(Exception):
    """The server asks to come back after `seconds`, or leaves the time open."""

    def __init__(self, message: str, seconds: float | None) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass
class Progress:
    """How sending goes, for `status`. Times are in milliseconds of UTC."""

    state: str = "starting"
    reason: str = ""
    since_ms: int = 0
    last_sent_ms: int | None = None
    sent: int = 0
    set_aside: int = 0


def compress(content: bytes) -> bytes:
    """Pack bytes as gzip, without the time that gzip's own writer would add."""
    # A window of 8 KiB and small tables: a heartbeat is about that long, and they are made anew.
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + 13, 6)
    return packer.compress(content) + packer.flush()


def decompress(content: bytes) -> bytes:
    """Undo `compress`. Raises zlib.error."""
    return zlib.decompress(content, 31)


class Sender:
    """Sends what is in the spool, in a thread of its own."""

    def __init__(
        self,
        transport: Transport,
        spool: Spool,
        clock: ServerClock,
        *,
        read_token: Callable[[], str],
        interval_seconds: float,
        boot_id: str | None,
    ) -> None:
        self._transport = transport
        self._spool = spool
        self._clock = clock
        self._read_token = read_token
        self._token = read_token()
        self._interval_seconds = interval_seconds
        self._boot_id = boot_id
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._failures = 0
        self._not_before = 0.0
        self._spill_at: float | None = None
        self._delay_seconds = 0.0
        self._batch_count = _FIRST_BATCH
        self._rejected: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self.progress = Progress(since_ms=now_ms())

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is a new heartbeat in the spool."""
        self._wake.set()

    def stop(self, within_seconds: float) -> None:
        """End, after what is on its way, or after a time."""
        self._stop.set()
        self._wake.set()
        self._thread.join(within_seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._pause_seconds())
            self._wake.clear()
            if self._stop.is_set():
                break
            if time.monotonic() >= self._not_before:
                self._attempt()
            if self._spill_at is not None and time.monotonic() >= self._spill_at:
                self._spill()
        self._transport.close()

    def _pause_seconds(self) -> float | None:
        moments = [self._not_before] if self._failures else []
        if self._spill_at is not None:
            moments.append(self._spill_at)
        return max(min(moments) - time.monotonic(), 0.01) if moments else None

    def _attempt(self) -> None:
        if self._delay_seconds and not self._failures:
            self._stop.wait(self._delay_seconds)
        try:
            self._send_all()
        except UnreachableError as trouble:
            self._failed("unreachable", str(trouble), None)
        except LaterError as later:
            self._failed("waiting", str(later), later.seconds)
        except RefusedError as refused:
            first, most = _REFUSED_AGAIN_SECONDS
            self._failed("refused", str(refused), min(first * 2 ** min(self._failures, 8), most))
            self._renew_token()
        else:
            self._failures = 0
            self._spill_at = None
            self._enter("sending", "")

    def _send_all(self) -> None:
        """Empty the spool; a heartbeat that is taken meanwhile goes before the next batch."""
        while not self._stop.is_set():
            live = self._spool.newest()
            if live is not None:
                self._deliver(live)
                self._spool.settle([live])
            batch = self._spool.oldest(self._batch_count, _BATCH_BYTES)
            if batch is not None:
                self._send_batch(batch)
            elif self._spool.newest() is None:
                return

    def _send_batch(self, batch: Batch) -> None:
        if len(batch.records) == 1:
            self._deliver(batch.records[0])
            self._spool.settle_batch(batch, 1)
            return
        bodies = b",".join(decompress(record.body) for record in batch.records)
        began = time.monotonic()
        answer = self._post(MANY_PATH, compress(b'{"heartbeats":[' + bodies + b"]}"))
        self._adapt(time.monotonic() - began)
        results = answer.fields.get("results")
        if answer.status == 413:
            self._batch_count = max(len(batch.records) // 2, 1)
            return
        if answer.status in {404, 405, 422}:
            results = [None] * len(batch.records)  # each on its own, which tells what is wrong
        elif answer.status != 200:
            raise _trouble(answer)
        if not isinstance(results, list) or len(results) != len(batch.records):
            raise UnreachableError("the server's answer to a batch lacks results")
        self._settle_results(batch, results)

    def _settle_results(self, batch: Batch, results: list[Any]) -> None:
        done = 0
        try:
            for record, result in zip(batch.records, results, strict=True):
                if isinstance(result, dict) and result.get("status") == "ok":
                    self._note_sent(result)
                else:
                    # Sent alone, the status of the answer says whose fault it is.
                    self._deliver(record)
                done += 1
        finally:
            self._spool.settle_batch(batch, done)

    def _deliver(self, record: Record) -> None:
        """Send one heartbeat until the server has it, or it is set aside. Raises otherwise."""
        for _ in range(_MAX_MOVES):
            answer = self._post(ONE_PATH, record.body)
            if answer.status == 200:
                self._note_sent(answer.fields)
                self._note_interval(answer.fields.get("next_interval_seconds"))
                return
            if answer.status == 409 and answer.code == "TIME_TAKEN":
                record = self._changed(record, record.time_ms + 1)
                continue
            if answer.status == 422 and answer.code.startswith("TIMESTAMP"):
                restamped = self._restamped(record)
                if restamped is not None:
                    record = restamped
                    continue
            if answer.status in {413, 422}:
                self._set_aside(record, answer.message)
                return
            raise _trouble(answer)
        self._set_aside(record, "no time near its own is free")

    def _post(self, path: str, body: bytes) -> Answer:
        asked = boot_ms()
        answer = self._transport.post(path, body, token=self._token)
        server_ms = parse_iso(answer.fields.get("server_time"))
        if server_ms is not None:
            self._clock.observe(server_ms, asked, boot_ms())
        return answer

    def _restamped(self, record: Record) -> Record | None:
        """The record at its true time, once; None where that is not known, or no other."""
        heartbeat = json.loads(decompress(record.body))
        true_ms = self._clock.true_ms(record.monotonic_ms)
        same_boot = self._boot_id is not None and heartbeat.get("boot_id") == self._boot_id
        if record.restamped or not same_boot or true_ms is None:
            return None
        offset_ms = true_ms - record.time_ms
        if abs(offset_ms) < 1_000:
            return None
        changed = self._changed(record, true_ms, clock_offset_seconds=offset_ms / 1_000)
        return replace(changed, restamped=True)

    def _changed(self, record: Record, time_ms: int, **fields: Any) -> Record:
        heartbeat = json.loads(decompress(record.body))
        heartbeat.update(fields, timestamp=iso(time_ms))
        text = json.dumps(heartbeat, ensure_ascii=False, separators=(",", ":"))
        return replace(record, time_ms=time_ms, body=compress(text.encode()))

    def _set_aside(self, record: Record, reason: str) -> None:
        self.progress.set_aside += 1
        self._spool.set_aside(record, decompress(record.body), reason)

    def _note_sent(self, fields: dict[str, Any]) -> None:
        self.progress.sent += 1
        self.progress.last_sent_ms = now_ms()
        rejected = fields.get("rejected")
        for item in rejected if isinstance(rejected, list) else []:
            text = f"{item.get('path')}: {item.get('reason')}" if isinstance(item, dict) else item
            if text not in self._rejected and len(self._rejected) < 100:
                self._rejected.add(text)
                log.warning("the server left out %s", text)

    def _note_interval(self, seconds: object) -> None:
        # A server with many hosts spreads them: what it asks beyond the interval is a delay.
        if isinstance(seconds, (int, float)):
            extra = float(seconds) - self._interval_seconds
            self._delay_seconds = min(max(extra, 0.0), self._interval_seconds / 2)

    def _adapt(self, took_seconds: float) -> None:
        # A slow line takes its time for a small batch, too: below some it would never catch up.
        if took_seconds > self._interval_seconds:
            self._batch_count = max(self._batch_count // 2, _LEAST_BATCH)
        elif took_seconds < self._interval_seconds / 4:
            self._batch_count = min(self._batch_count * 2, _MAX_BATCH)

    def _failed(self, state: str, reason: str, wait_seconds: float | None) -> None:
        if wait_seconds is None:
            # Never much longer than heartbeats come: the first after an outage is not to be late.
            most = min(max(2 * self._interval_seconds, 5.0), 60.0)
            wait_seconds = min(2.0 ** min(self._failures, 8), most)
        # Hosts that lost their server together are not to come back together.
        jitter = 0.5 + int.from_bytes(os.urandom(2), "big") / 131_072
        self._not_before = time.monotonic() + wait_seconds * jitter
        self._failures += 1
        if self._spill_at is None:
            self._spill_at = time.monotonic()
        self._enter(state, reason)

    def _spill(self) -> None:
        offset_ms = self._clock.offset_ms
        if offset_ms is not None:
            self._spool.drop_before(now_ms() + offset_ms - _KEEP_DAYS * 86_400_000)
        self._spool.spill()
        self._spill_at = time.monotonic() + SPILL_EVERY_SECONDS

    def _renew_token(self) -> None:
        try:
            self._token = self._read_token()
        except ConfigError as error:
            log.warning("%s", error)

    def _enter(self, state: str, reason: str) -> None:
        progress = self.progress
        if state == progress.state and reason == progress.reason:
            return
        if state != progress.state:
            progress.since_ms = now_ms()
        progress.state, progress.reason = state, reason
        if state == "sending":
            log.info("the server takes heartbeats")
        else:
            log.warning("%s; heartbeats are kept", reason)


def _trouble(answer: Answer) -> Exception:
    if answer.status in {401, 403, 409}:
        return RefusedError(f"the server refuses this agent ({answer.status}): {answer.message}")
    if answer.status in {429, 503}:
        reason = f"the server can't take it now: {answer.message}"
        return LaterError(reason, answer.retry_after_seconds)
    return UnreachableError(f"the server answers {answer.status}: {answer.message}")
