"""Power supplies, from an upsd that answers as its protocol is documented."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from homelab_agent.collectors.ups import UpsCollector, ask, parse_list, parse_ups
from homelab_agent.contract import Ups
from homelab_agent.contract.ups import severity
from homelab_agent.host import Host
from homelab_agent.workers import Workers

EATON = b"""\
BEGIN LIST VAR eaton
VAR eaton battery.charge "87"
VAR eaton battery.runtime "1632"
VAR eaton device.mfr "EATON"
VAR eaton device.model "Ellipse \\"ECO\\" 650"
VAR eaton input.voltage "231.0"
VAR eaton ups.load "23"
VAR eaton ups.realpower "92"
VAR eaton ups.status "OB DISCHRG"
END LIST VAR eaton
"""
ANSWERS = {
    b"LIST UPS\n": b'BEGIN LIST UPS\nUPS eaton "In the rack"\nUPS apc ""\nEND LIST UPS\n',
    b"LIST VAR eaton\n": EATON,
    b"LIST VAR apc\n": b"ERR DATA-STALE\n",
}


@contextmanager
def upsd(answers: dict[bytes, bytes]) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            accepted, _ = server.accept()
            with accepted:
                while question := accepted.recv(1000):
                    if not answers.get(question):
                        break
                    for byte in range(0, len(answers[question]), 50):
                        accepted.sendall(answers[question][byte : byte + 50])

        thread = threading.Thread(target=run)
        thread.start()
        yield server.getsockname()
        thread.join()


def test_every_supply_is_asked() -> None:
    with upsd(ANSWERS) as address:
        eaton, apc = UpsCollector(Workers(), address).collect(Host())
    assert eaton == Ups(
        name="eaton",
        state="on_battery",
        model='EATON Ellipse \\"ECO\\" 650',
        charge_percent=87,
        runtime_seconds=1632,
        load_percent=23,
        power_watts=92,
        input_volts=231,
        replace_battery=False,
    )
    assert apc == Ups("apc", "unknown")


def test_somebody_else_answers() -> None:
    with upsd({}) as address, pytest.raises(OSError, match="no upsd"):
        ask(address)


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    assert UpsCollector(Workers(), address).collect(Host()) == []


@pytest.mark.parametrize(
    "status, state, replace",
    [
        (b"OL", "online", False),
        (b"OL CHRG", "online", False),
        (b"OL RB", "online", True),
        (b"OB LB", "low_battery", False),
        (b"FSD OL", "low_battery", False),
        (b"OFF", "off", False),
        (b"WAIT", "unknown", False),
        (b"", "unknown", None),
    ],
)
def test_states(status: bytes, state: str, *, replace: bool | None) -> None:
    row = parse_ups(b"a", b'VAR a ups.status "%s"\n' % status)
    assert (row.state, row.replace_battery) == (state, replace)


def test_names_that_could_be_commands_are_left_out() -> None:
    assert parse_list(b'UPS a "x"\nUPS b\nLIST "x"\nUPS c;d "x"\nUPS a "y"\n') == [b"a"]


@pytest.mark.parametrize(
    "row, bad",
    [
        (Ups("a", "online"), None),
        (Ups("a", "online", replace_battery=True), "warning"),
        (Ups("a", "on_battery"), "warning"),
        (Ups("a", "low_battery"), "critical"),
        (Ups("a", "unknown"), None),
    ],
)
def test_what_is_bad_for_the_host(row: Ups, bad: str | None) -> None:
    assert severity(row) == bad
