"""The fleet: 90 days of history through the API, the newest first, while the hosts go on live.

python -m devtools.fleet --url http://127.0.0.1:8080 --data-dir .data/fleet
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from devtools.fleet.course import DAY, HOUR
from devtools.fleet.heartbeats import HISTORY_DAYS, due, heartbeats
from devtools.fleet.house import MACHINES
from devtools.fleet.machine import Machine
from devtools.fleet.server import Server, admin_token, enrol
from devtools.house import TroubleError, say

# From so many days ago on: the seconds between the heartbeats that are sent of them.
PACES = ((30, 1_800), (7, 900), (1, 300), (0, 60))
# What is not sealed yet is read from the log by every question: who looks at the page meanwhile
# does not wait longer for it than this many heartbeats a second make him.
_PER_SECOND = 250
_REST = 3  # times as long as the sending took: a busy machine needs longer for the sealing too
_STATE_FILE = "fleet.json"
_REPORTING = tuple(machine for machine in MACHINES if not machine.never_reports)


@dataclass
class State:
    """What is remembered from one start to the next.

    began:  when the fleet began to live; what fills up is reckoned from there
    days:   the UTC days, by number, whose history is in
    """

    began: int
    tokens: dict[str, str]
    days: list[int] = field(default_factory=list)

    def save(self, data_dir: Path) -> None:
        """Write it in one go, for this user's eyes alone: it holds the agents' tokens."""
        file = data_dir / _STATE_FILE
        fresh = file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            json.dump(asdict(self), opened)
        fresh.replace(file)


def main(words: list[str] | None = None) -> int:
    """Run until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m devtools.fleet", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--data-dir", type=Path, required=True, help="of the server")
    parser.add_argument("--days", type=int, default=HISTORY_DAYS, help="of history (90)")
    options = parser.parse_args(words)
    try:
        state = _state(options.url, options.data_dir)
        _fill_and_live(options.url, options.data_dir, state, options.days)
    except TroubleError as trouble:
        say(str(trouble))
        return 1
    return 0


def _state(url: str, data_dir: Path) -> State:
    try:
        return State(**json.loads((data_dir / _STATE_FILE).read_text()))
    except FileNotFoundError:
        with admin_token(data_dir) as admin:
            state = State(int(time.time()), enrol(url, admin, MACHINES))
        state.save(data_dir)
        return state


def _fill_and_live(url: str, data_dir: Path, state: State, days: int) -> None:
    """The last hour at once, so that there is something to see; the rest beside the living."""
    server, now = Server(url), int(time.time())
    for machine in _REPORTING:
        until = known_until(machine, now)
        _send(server, state, machine, until - HOUR, until, pace_of(0))
    say(f"{len(MACHINES)} hosts are there; the days before come in meanwhile, the newest first")
    # A daemon: this process ends with the signal that ends the server.
    threading.Thread(
        target=_fill, args=(url, data_dir, state, days, now), name="history", daemon=True
    ).start()
    _live(server, state, now)


def _fill(url: str, data_dir: Path, state: State, days: int, now: int) -> None:
    server = Server(url)
    try:
        for start, end in missing_days(state, now, days):
            began = time.monotonic()
            pace = pace_of(now // DAY - start // DAY)
            sent = sum(
                _send(server, state, machine, start, min(end, known_until(machine, now)), pace)
                for machine in _REPORTING
            )
            if end % DAY == 0:
                state.days.append(start // DAY)
                state.save(data_dir)
            took = time.monotonic() - began
            time.sleep(max(sent / _PER_SECOND - took, _REST * took))
    except TroubleError as trouble:
        say(f"no more history: {trouble}")
    else:
        say(f"{days} days of history are in")


def known_until(machine: Machine, now: int) -> int:
    """Up to when the server knows a host; one that delivers seldom is halfway to its next time."""
    if machine.silent_days is not None:
        return now - int(machine.silent_days * DAY)
    return now - (machine.delivers_every or 0) // 2


def missing_days(state: State, now: int, days: int) -> Iterator[tuple[int, int]]:
    """The stretches of a day each whose history is to be sent, the newest first."""
    oldest = (state.began - days * DAY) // DAY
    for day in range(now // DAY, oldest - 1, -1):
        if day not in state.days:
            yield day * DAY, min((day + 1) * DAY, now)


def _send(
    server: Server, state: State, machine: Machine, start: int, end: int, seconds: int
) -> int:
    """Send a stretch of a host's history, a heartbeat every so many seconds; how many."""
    interval = max(seconds, machine.interval)
    beats = heartbeats(machine, due(machine, start, end, interval), interval, state.began)
    server.send(state.tokens[machine.id], beats)
    return len(beats)


def pace_of(days_ago: int) -> int:
    """The seconds between the heartbeats of that day; 0 is today."""
    return next(seconds for days, seconds in PACES if days_ago >= days)


def _live(server: Server, state: State, now: int) -> None:
    """Every host reports at its interval; one that delivers seldom, in batches."""
    sent = {machine.id: known_until(machine, now) for machine in _REPORTING}
    while True:
        now = int(time.time())
        for machine in _REPORTING:
            if now - sent[machine.id] < (machine.delivers_every or 0):
                continue
            times = due(machine, sent[machine.id], now, machine.interval)
            sent[machine.id] = now
            beats = heartbeats(machine, times, machine.interval, state.began)
            token = state.tokens[machine.id]
            if len(beats) == 1:
                server.send_one(token, beats[0])
            elif beats:
                server.send(token, beats)
        time.sleep(max(0.0, now + 1 - time.time()))


if __name__ == "__main__":
    sys.exit(main())
