"""A stand-in for a Netdata daemon: a real server that replays recorded answers, or misbehaves.

The recordings are whole answers (status, headers, body) of two real daemons, 2.10.4 and 1.37.1;
`INDEX.txt` beside them tells the URL that each answered.
"""

import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "netdata"

Reply = Callable[[socket.socket], None]
Route = Callable[[str, dict[str, str]], Reply]


class StandIn:
    """Listens on 127.0.0.1; `route(path, query)` picks the reply to each request."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break  # closed
            thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        self.released.set()
        # close() alone does not wake a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65_536)
                if not part:
                    return
                head += part
            self.heads.append(head.decode())
            target = head.split(b" ")[1].decode()
            self.requests.append(target)
            parts = urlsplit(target)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            try:
                self.route(parts.path, query)(connection)
            except OSError:
                return  # the client has left

    def freeze(self, _connection: socket.socket) -> None:
        """Accept, read the request and say nothing."""
        self.released.wait()

    def trickle(self, connection: socket.socket) -> None:
        """Promise a body and send it a byte at a time."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.released.wait(0.05):
            connection.sendall(b" ")


@contextmanager
def stand_in(route: Route) -> Iterator[StandIn]:
    """A running stand-in."""
    server = StandIn(route)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def recorded(name: str, release: str = "v2.10.4") -> Reply:
    """The answer of that name, as it was on the wire."""
    folder = RECORDINGS / release
    head = (folder / f"{name}.headers").read_bytes().replace(b"\r\n", b"\n").strip()
    body = (folder / f"{name}.json").read_bytes()
    wire = head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
    return lambda connection: connection.sendall(wire)


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> Reply:
    """An answer made up for a case that no recording has."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def reset(connection: socket.socket) -> None:
    """What an address refused by 'allow connections from' meets: RST instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(_connection: socket.socket) -> None:
    """Close in order, without a word."""


def cut(connection: socket.socket) -> None:
    """Half an answer."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"result"')


def flood(connection: socket.socket) -> None:
    """Fifty megabytes, without saying so first."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(800):
        connection.sendall(b" " * 65_536)


_NAMES = {"system.cpu": "cpu", "system.ram": "ram", "system.io": "io", "system.net": "net"}


def modern(path: str, query: dict[str, str]) -> Reply:
    """2.10.4: every version. What is asked for unaligned gets the newest five minutes."""
    if path not in ("/api/v3/data", "/api/v2/data"):
        return recorded("err_bad_version")
    name = _NAMES.get(query["contexts"])
    if name is None:
        return recorded("err_bad_context")
    recording = {"-300": f"final_{name}_5m", "-3600": f"final_{name}_1h"}.get(
        query["after"], f"data_{name}_24h"
    )
    return recorded(f"final_{name}_5m" if query["after"] == "-5" else recording)


def only_v2(path: str, query: dict[str, str]) -> Reply:
    """A daemon from between: no v3 yet."""
    return recorded("err_bad_version") if path == "/api/v3/data" else modern(path, query)


def debian(path: str, query: dict[str, str]) -> Reply:
    """1.37.1: v1 alone."""
    release = "v1.37.1"
    if path in ("/api/v3/data", "/api/v2/data"):
        return recorded(f"{path[5:7]}_data", release)
    name = _NAMES.get(query["chart"])
    return recorded(f"v1_{name}" if name else "v1_bad", release)


if __name__ == "__main__":  # for tests in another language: until the end of its input
    with stand_in(modern) as daemon:
        sys.stdout.write(f"{daemon.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
