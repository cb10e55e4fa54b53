"""Programs that run in the foreground together and end together."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from devtools.house import ROOT, TroubleError, environment, say

_STOP_SECONDS = 15
_POLL_SECONDS = 0.1
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or a closed terminal asked for the end."""


class Children:
    """The started programs, newest last; leaving the context ends them, newest first.

    What they print goes to the terminal with their name before each line, and to `hears`. A
    signal is only noted, and raised as StopRequested by `check` and `wait`: raised wherever it
    comes, it could come between the start of a program and the note that it is there.
    """

    def __init__(self, hears: Callable[[str], None] = lambda _line: None) -> None:
        self._hears = hears
        self._running: list[tuple[str, subprocess.Popen[str], threading.Thread]] = []
        self._stop_requested = False
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in _ENDING_SIGNALS:
            self._handlers[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for _name, process, printer in reversed(self._running):
            _end(process)
            printer.join(_STOP_SECONDS)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True

    def start(
        self, name: str, command: Sequence[str | Path], settings: Mapping[str, str] | None = None
    ) -> None:
        """Start a program in a session of its own: Ctrl-C reaches this process alone.

        `settings` go into its environment.
        """
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env=environment({"PYTHONUNBUFFERED": "1", **(settings or {})}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        printer = threading.Thread(target=self._print, args=(name, process), daemon=True)
        printer.start()
        self._running.append((name, process, printer))

    def check(self) -> None:
        """Raise StopRequested after a signal, TroubleError if a program has ended."""
        if self._stop_requested:
            raise StopRequested
        for name, process, printer in self._running:
            code = process.poll()
            if code is not None:
                printer.join()
                raise TroubleError(f"the {name} ended with exit code {code}; see above.")

    def wait(self) -> None:
        """Wait for what `check` raises."""
        while True:
            self.check()
            time.sleep(_POLL_SECONDS)

    def _print(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout  # noqa: S101 - it was started with a pipe
        with process.stdout:
            for line in process.stdout:
                say(f"{name} │ {line.rstrip()}")
                self._hears(line)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
