"""The agent at work: sample on the wall clock's grid, keep, send, and say how it goes."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from homelab_agent.clock import Grid, ServerClock, boot_ms, now_ms
from homelab_agent.collectors import Collector, Wishes, every_collector
from homelab_agent.config import Config, ConfigError, read_token
from homelab_agent.folders import Lock, fast_folder, spool_folder
from homelab_agent.heartbeat import Composer, Stamp, encode
from homelab_agent.host import Host
from homelab_agent.journal import Record
from homelab_agent.mounts import Selection
from homelab_agent.runner import Cycle, Runner, known
from homelab_agent.sender import Sender, compress
from homelab_agent.spool import Spool
from homelab_agent.state import load_state
from homelab_agent.status import StatusFile
from homelab_agent.transport import Transport
from homelab_agent.workers import Workers

log = logging.getLogger(__name__)

MAX_STATVFS_SECONDS = 2.0
# With a longer interval nobody wants to wait for the first tick to see whether it works.
_PATIENCE_SECONDS = 15.0
_BASELINE_SECONDS = 1.0
_STOP_SECONDS = 3.0
_COMPLETE_EVERY_SECONDS = 600.0
_TOLD_WITHIN_MS = 1_000
_STATUS_ON_DISK_SECONDS = 60.0


class Measuring:
    """The parts that look at a host, put together from the configuration."""

    def __init__(self, config: Config) -> None:
        self.host = Host(config.procfs, config.sysfs, config.rootfs)
        self.workers = Workers()
        selection = Selection(config.include, config.exclude)
        deadline_seconds = min(MAX_STATVFS_SECONDS, config.interval_seconds / 2)
        self.collectors: tuple[Collector, ...] = every_collector(
            self.workers,
            selection,
            deadline_seconds,
            wishes_of(config),
        )
        self.runner = Runner(self.host, self.collectors)

    def composer(self, config: Config, server_guid: str | None) -> Composer:
        """What puts the heartbeats of this host together."""
        return Composer(
            self.host,
            self.collectors,
            server_id=config.server_id,
            server_guid=server_guid,
            interval_seconds=config.interval_seconds,
        )


def wishes_of(config: Config) -> Wishes:
    """What the settings say of what is to be measured."""
    return Wishes(
        config.enable, config.disable, config.container_sockets, config.units, config.upsd
    )


class Agent:
    """One agent. Raises ConfigError where it can't begin."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        if config.server is None:
            raise ConfigError("there is no server: give its address by --server.")
        self._config = config
        self._disk = spool_folder(config.spool, environment)
        self._fast = fast_folder(self._disk, environment)
        self._lock = Lock(self._disk)
        self._lock.take(self._fast)
        self._state = load_state(self._disk)
        self._spool = Spool(self._disk, self._fast, round(config.spool_megabytes * 1_000_000))
        self._sequence = self._spool.next_sequence(self._state.reserved)
        self._measuring = Measuring(config)
        self._composer = self._measuring.composer(config, self._state.server_guid)
        self._clock = ServerClock()
        transport = Transport(
            config.server,
            ca_file=config.ca_file,
            fingerprint=config.fingerprint,
            environment=environment,
        )
        if transport.exposed:
            log.warning("%s is not https: the token can be read on the way", config.server)
        self._sender = Sender(
            transport,
            self._spool,
            self._clock,
            read_token=lambda: read_token(config),
            interval_seconds=config.interval_seconds,
            boot_id=self._composer.about.boot_id,
        )
        self._status_file = StatusFile(self._fast)
        self._status_due = 0.0
        self._complete_at = 0.0
        self._told_offset_ms = 0
        self._was_well = True

    def run(self, stop: threading.Event) -> None:
        """Sample and send until `stop` is set."""
        grid = Grid(self._config.interval_seconds)
        self._measuring.runner.cycle()
        self._sender.start()
        log.info(
            "measures %s every %g s for %s",
            self._composer.about.hostname,
            self._config.interval_seconds,
            self._config.server,
        )
        # What was imported and built so far stays: later collections need not look at it.
        gc.collect()
        gc.freeze()
        first_wait = grid.wait_seconds(now_ms())
        if first_wait > _PATIENCE_SECONDS:
            if stop.wait(_BASELINE_SECONDS):
                return
            self._sample()
            first_wait -= _BASELINE_SECONDS
        if stop.wait(first_wait):
            return
        self._sample()
        while not stop.wait(grid.wait_seconds(now_ms())):
            self._sample()

    def close(self) -> None:
        """Bring to disk what the server does not have."""
        self._sender.stop(_STOP_SECONDS)
        self._spool.close()
        self._state.reserved = self._sequence
        self._state.save()
        self._status_file.close()
        self._lock.release()
        depth = self._spool.depth()
        log.info("ends; %d heartbeats are kept for the next start", depth.recent + depth.stored)

    def _sample(self) -> None:
        sequence = self._sequence
        self._state.reserve(sequence)
        self._sequence += 1
        cycle = self._measuring.runner.cycle()
        complete = self._complete_is_due(cycle)
        stamp = Stamp(
            self._clock.stamp_ms(), sequence, self._offset_seconds() if complete else None
        )
        body = compress(encode(self._composer.compose(cycle, stamp, complete=complete)))
        self._spool.add(Record(sequence, stamp.time_ms, boot_ms(), body))
        self._sender.wake()
        self._write_status(cycle)

    def _complete_is_due(self, cycle: Cycle) -> bool:
        """Whether the server may lack what seldom changes, and else keeps it as it was.

        It may until it takes heartbeats: a late one brings its facts too late.
        """
        offset_ms = self._clock.offset_ms
        stepped = offset_ms is not None and abs(offset_ms - self._told_offset_ms) > _TOLD_WITHIN_MS
        mended = cycle.well and not self._was_well
        self._was_well = cycle.well
        sending = self._sender.progress.state == "sending"
        if sending and not stepped and not mended and time.monotonic() < self._complete_at:
            return False
        self._complete_at = time.monotonic() + _COMPLETE_EVERY_SECONDS if sending else 0.0
        self._told_offset_ms = offset_ms or 0
        return True

    def _offset_seconds(self) -> float | None:
        offset_ms = self._clock.offset_ms
        return None if offset_ms is None else offset_ms / 1_000

    def _write_status(self, cycle: Cycle) -> None:
        if time.monotonic() < self._status_due:
            return
        if self._fast == self._disk:
            self._status_due = time.monotonic() + _STATUS_ON_DISK_SECONDS
        try:
            self._status_file.write(self._status(cycle))
        except OSError as error:
            log.debug("status can't be written: %s", error)

    def _status(self, cycle: Cycle) -> dict[str, Any]:
        progress = self._sender.progress
        depth = self._spool.depth()
        return {
            "time_ms": now_ms(),
            "server": self._config.server,
            "server_id": self._composer.server_id,
            "interval_seconds": self._config.interval_seconds,
            **vars(progress),
            "waiting": depth.recent + depth.stored,
            "stored_bytes": depth.stored_bytes,
            "dropped": self._spool.dropped,
            "spool": self._disk,
            "clock_offset_seconds": self._offset_seconds(),
            "collectors": {name: known(report) for name, report in cycle.reports.items()},
            "hanging": {name: round(age) for name, age in self._measuring.workers.stuck().items()},
        }
