"""Several processes that serve one socket: started, ended and replaced together."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_ENDINGS = (signal.SIGTERM, signal.SIGINT)
_PAUSE_SECONDS = 1.0


def run_workers(count: int, work: Callable[[int], int]) -> int:
    """Run `work(number)` in `count` processes until a signal ends them; the exit code.

    One that is killed is replaced, and again where the database is away just then. One of the first
    that ends by itself with an error, as where the database can't be opened, ends all: whoever
    started us sees it and decides.
    """
    workers: dict[int, int] = {}
    replaced: set[int] = set()
    ending = False

    def end(*_: object) -> None:
        nonlocal ending
        ending = True
        for pid in workers:
            os.kill(pid, signal.SIGTERM)

    for each in _ENDINGS:
        signal.signal(each, end)
    for number in range(count):
        workers[_start(number, work)] = number
    code = 0
    while workers:
        pid, status = os.wait()
        number = workers.pop(pid)
        exited = os.waitstatus_to_exitcode(status)
        if not ending and (exited < 0 or (exited > 0 and number in replaced)):
            how = f"was killed (signal {-exited})" if exited < 0 else f"ended with code {exited}"
            log.error("server process %d %s; it is replaced", pid, how)
            replaced.add(number)
            time.sleep(_PAUSE_SECONDS)
            if not ending:
                workers[_start(number, work)] = number
        elif exited > 0:
            code = exited
            end()
    return code


def _start(number: int, work: Callable[[int], int]) -> int:
    """Fork; the child's process id. The child leaves by the way of every command, with its code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)  # until the child is known to who ends it
    try:
        pid = os.fork()
        if pid == 0:
            for each in _ENDINGS:
                signal.signal(each, signal.SIG_DFL)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)
    if pid == 0:
        sys.exit(work(number))
    return pid
