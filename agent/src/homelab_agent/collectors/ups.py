"""Uninterruptible power supplies, asked of NUT's upsd (its network protocol, port 3493)."""

from __future__ import annotations

import re
import socket
from functools import partial

from homelab_agent.contract import UPS, Ups
from homelab_agent.contract.ups import UpsState
from homelab_agent.host import Host, printable
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers

EVERY_SECONDS = 20
_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 256 * 1024
_MAX_SUPPLIES = 32
_VARIABLE = re.compile(rb'VAR \S+ (\S+) "((?:[^"\\]|\\.)*)"')
# The flags of ups.status, the worst first.
_STATES: tuple[tuple[str, UpsState], ...] = (
    ("FSD", "low_battery"),
    ("LB", "low_battery"),
    ("OB", "on_battery"),
    ("OFF", "off"),
    ("OL", "online"),
)


class UpsCollector:
    """Every supply that the upsd at `address` knows."""

    family = UPS

    def __init__(self, workers: Workers, address: tuple[str, int]) -> None:
        self._address = address
        self._rows: Seldom[list[Ups]] = Seldom("upsd", workers, EVERY_SECONDS, [])

    def collect(self, host: Host) -> list[Ups]:  # noqa: ARG002 - it is asked over the network
        """The supplies as upsd told of them last; none where nobody answers."""
        return self._rows.latest(partial(ask, self._address))


def ask(address: tuple[str, int]) -> list[Ups]:
    """Ask for every supply and its variables. Raises OSError where nobody answers as upsd does."""
    # As bytes, which getaddrinfo() takes without loading a codec for international names.
    near = (address[0].encode(), address[1])
    connection = socket.create_connection(near, _TIMEOUT_SECONDS)  # type: ignore[arg-type]
    with connection:
        names = parse_list(_answer(connection, b"LIST UPS"))
        return [parse_ups(name, _answer(connection, b"LIST VAR " + name)) for name in names]


def _answer(connection: socket.socket, question: bytes) -> bytes:
    connection.sendall(question + b"\n")
    ends = b"END " + question + b"\n"
    answer = b""
    while not answer.endswith(ends):
        # upsd does not reach the driver (ERR DATA-STALE), or does not talk to this host.
        if answer.startswith(b"ERR ") and answer.endswith(b"\n"):
            return answer
        more = connection.recv(16 * 1024)
        answer += more
        if not more or len(answer) > _MAX_BYTES:
            raise OSError("that is no upsd")
    return answer


def parse_list(text: bytes) -> list[bytes]:
    """The names of `LIST UPS`: `UPS eaton "Eaton Ellipse ECO"` a line."""
    found = re.findall(rb"^UPS ([\w.-]{1,64}) ", text, re.MULTILINE)
    return list(dict.fromkeys(found))[:_MAX_SUPPLIES]


def parse_ups(name: bytes, text: bytes) -> Ups:
    """The row of one supply, from `LIST VAR`: `VAR eaton battery.charge "100"` a line."""
    values = {match[1]: match[2] for match in _VARIABLE.finditer(text)}
    flags = values.get(b"ups.status", b"").decode("ascii", "replace").split()
    model = b" ".join(values[part] for part in (b"device.mfr", b"device.model") if values.get(part))
    return Ups(
        name=printable(name, 64),
        state=next((state for flag, state in _STATES if flag in flags), "unknown"),
        model=printable(model, 128) or None,
        charge_percent=_number(values, b"battery.charge", 100),
        runtime_seconds=_number(values, b"battery.runtime", 1e9),
        load_percent=_number(values, b"ups.load", 1_000),
        power_watts=_number(values, b"ups.realpower", 1e9),
        input_volts=_number(values, b"input.voltage", 1e6),
        replace_battery="RB" in flags if flags else None,
    )


def _number(values: dict[bytes, bytes], name: bytes, highest: float) -> float | None:
    word = values.get(name, b"").strip()
    if not re.fullmatch(rb"[0-9]{1,12}(\.[0-9]{1,9})?", word):
        return None
    return min(float(word), highest)
