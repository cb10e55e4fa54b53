"""Other programs, asked in as little memory as can be.

The standard library's subprocess would be held by every host for one command now and then.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

# Service managers give services a PATH without the administrator's programs.
_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin")
_MAX_BYTES = 4 << 20
_READ_BYTES = 64 * 1024


def find(program: str) -> str | None:
    """The path of a program, from PATH and from where administrators' programs are."""
    folders = (*os.environ.get("PATH", "").split(":"), *_FOLDERS)
    for folder in folders:
        path = f"{folder}/{program}"
        if folder.startswith("/") and os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return None


def output_of(words: Sequence[str], timeout_seconds: float) -> tuple[int, bytes]:
    """The exit code of a command, and what it wrote to standard output.

    Raises FileNotFoundError where there is no such program, TimeoutError where it did not end in
    time, and OSError. It gets no input and speaks English.
    """
    path = find(words[0])
    if path is None:
        raise FileNotFoundError(errno.ENOENT, "there is no such program", words[0])
    reading, writing = os.pipe()
    try:
        child = _spawn(path, words, writing)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        content = _read_all(reading, time.monotonic() + timeout_seconds)
    except OSError:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), content


def _spawn(path: str, words: Sequence[str], output: int) -> int:
    environment: Mapping[str, str] = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C"}
    return os.posix_spawn(
        path,
        list(words),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
        setsigmask=(),
        setsigdef=(signal.SIGTERM, signal.SIGPIPE),
    )


def _read_all(descriptor: int, ends: float) -> bytes:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    parts: list[bytes] = []
    size = 0
    while poll.poll(max(0.0, ends - time.monotonic()) * 1_000):
        part = os.read(descriptor, _READ_BYTES)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > _MAX_BYTES:
            raise OSError(errno.EFBIG, "it writes more than anybody would read")
    raise TimeoutError(errno.ETIMEDOUT, "it did not end in time")
