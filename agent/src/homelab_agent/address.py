"""Addresses of servers and proxies, without the import that would cost half a megabyte."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^/?#@\s]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#@:\[\]\s]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#\s]*)?",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where a server is. `host` has no brackets; `path` is empty or begins with a slash."""

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str | None = None

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    @property
    def ascii_host(self) -> bytes:
        """The host as it goes over the wire; only one with other letters costs an import."""
        return self.host.encode("ascii" if self.host.isascii() else "idna")

    @property
    def authority(self) -> str:
        """Host and port as a Host header and a CONNECT have them."""
        host = self.ascii_host.decode("ascii")
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """An address of `scheme://host[:port][/path]`. Raises ValueError."""
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no address")
    scheme = match["scheme"].lower()
    port = int(match["port"] or _DEFAULT_PORTS.get(scheme, 0))
    if not 0 < port < 65_536:
        raise ValueError(f"{text!r} has no port that there is")
    host = match["host"].strip("[]").lower()
    return Address(scheme, host, port, (match["path"] or "").rstrip("/"), match["user"])
