"""Calls that may never return, made in threads under a deadline.

A statvfs(2) on a dead network mount sleeps where no signal reaches it, and so can a read of a
sensor. Python can't end such a thread; it can only stop waiting for it, and not ask again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any

MAX_STUCK = 16
# A healthy call takes microseconds: after this long without an end, another thread takes over.
_PATIENCE_SECONDS = 0.05
_STACK_BYTES = 256 * 1024


class _Batch:
    """Jobs of one round; several workers may take from it."""

    def __init__(self, jobs: Mapping[str, Callable[[], Any]]) -> None:
        self.todo = deque(jobs.items())
        self.results: dict[str, Any] = {}
        self.wanted = len(jobs)
        self.done = threading.Event()


class Workers:
    """At most `MAX_STUCK` threads; a job that hangs keeps its thread and is not started again."""

    def __init__(self) -> None:
        self._rounds: SimpleQueue[_Batch] = SimpleQueue()
        self._threads = 0
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}

    def stuck(self) -> dict[str, float]:
        """The jobs that have not returned yet, with the seconds since they began."""
        now = time.monotonic()
        return {key: now - began for key, began in list(self._running.items())}

    def run(self, jobs: Mapping[str, Callable[[], Any]], deadline_seconds: float) -> dict[str, Any]:
        """Call every job that is not stuck from before; return what came back in time.

        A job's OSError is its result. A key is absent from the answer where its job hung, still
        hangs, or could not begin because too many others do.
        """
        batch = _Batch({key: job for key, job in jobs.items() if key not in self._running})
        if not batch.wanted:
            return {}
        ends = time.monotonic() + deadline_seconds
        if self._threads > len(self._running):
            self._rounds.put(batch)
        elif not self._start_thread(batch):
            return {}
        while not batch.done.wait(max(0.0, min(_PATIENCE_SECONDS, ends - time.monotonic()))):
            if time.monotonic() >= ends:
                break
            if batch.todo:
                self._start_thread(batch)
        batch.todo.clear()
        return dict(batch.results)

    def _start_thread(self, batch: _Batch) -> bool:
        with self._lock:
            if self._threads >= MAX_STUCK:
                return False
            self._threads += 1
        before = threading.stack_size(_STACK_BYTES)
        try:
            threading.Thread(target=self._work, args=(batch,), daemon=True).start()
        finally:
            threading.stack_size(before)
        return True

    def _work(self, batch: _Batch) -> None:
        try:
            self._take_from(batch)
            # Those that came in for a stuck one leave once it has returned.
            while self._threads - len(self._running) <= 1:
                self._take_from(self._rounds.get())
        finally:
            with self._lock:
                self._threads -= 1

    def _take_from(self, batch: _Batch) -> None:
        while True:
            try:
                key, job = batch.todo.popleft()
            except IndexError:
                return
            self._running[key] = time.monotonic()
            try:
                result = job()
            except OSError as error:
                result = error
            finally:
                del self._running[key]
            batch.results[key] = result
            if len(batch.results) == batch.wanted:
                batch.done.set()
