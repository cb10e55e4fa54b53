"""A program that listens at a path and gives every request the same answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def listening(path: Path, head: bytes, body: bytes) -> Iterator[str]:
    """Listen there meanwhile; `head` is the status line of its answers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = head + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def run() -> None:
            with suppress(OSError):  # until it is shut down
                while True:
                    accepted, _ = server.accept()
                    with accepted:
                        accepted.recv(10_000)
                        accepted.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield str(path)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
