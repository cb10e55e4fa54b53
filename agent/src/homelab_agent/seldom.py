"""What costs too much for every cycle: made now and then in a worker, and kept meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from homelab_agent.workers import Workers

Result = TypeVar("Result")

# A cycle waits no longer for it; what takes more is there at the next one.
_PATIENCE_SECONDS = 0.1
# A result is taken for that of now until so many intervals went by without a newer one.
_LASTS_INTERVALS = 3


class Seldom(Generic[Result]):
    """The latest result of a job that is done every `every_seconds`; `nothing` without one."""

    def __init__(
        self,
        name: str,
        workers: Workers,
        every_seconds: float,
        nothing: Result,
        *,
        first_after_seconds: float = 0,
    ) -> None:
        self._name = name
        self._workers = workers
        self._every_seconds = every_seconds
        self._nothing = nothing
        self._due = time.monotonic() + first_after_seconds
        self._made: tuple[float, Result] | None = None

    def latest(self, job: Callable[[], Result]) -> Result:
        """The latest result, of a new call where one is due; an OSError makes it `nothing`."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + self._every_seconds
            self._workers.run({self._name: lambda: self._make(job)}, _PATIENCE_SECONDS)
        made = self._made
        if made is None or now - made[0] > _LASTS_INTERVALS * self._every_seconds:
            return self._nothing
        return made[1]

    def hurry(self) -> None:
        """Have the next call do the job: what it tells of has changed."""
        self._due = float("-inf")

    def _make(self, job: Callable[[], Result]) -> None:
        try:
            self._made = (time.monotonic(), job())
        except OSError:
            self._made = None
            raise
