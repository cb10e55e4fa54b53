from __future__ import annotations

from collections.abc import Callable

import pytest
from homelab_agent.contract import NETWORK_INTERFACE, NetworkInterface
from homelab_cmd.db.database import Database
from homelab_cmd.history.ephemeral import SUMMED_KEY, is_ephemeral
from homelab_cmd.history.interface import Frame, Heartbeat, HistoryEngine, Selection
from homelab_cmd.history.tiers import DAY, DAY_MS, HOUR, MINUTE, RAW, Retention, Tier

START_MS = 20_300 * DAY_MS + DAY_MS // 2
NAMES = ("rx_bytes.increase", "rx_bytes.seconds")


def read(
    engine: HistoryEngine,
    database: Database,
    server: int,
    tier: Tier,
    keys: tuple[str, ...] | None = None,
) -> dict[str, Frame]:
    fields = ("rx_bytes",) if tier is RAW else NAMES
    selection = Selection((server,), NETWORK_INTERFACE, keys, fields, 0, 1 << 41, tier)
    with database.connect() as connection:
        return {frame.key: frame for frame in engine.range(connection, selection)}


def container_host(server: int) -> list[Heartbeat]:
    """A host whose containers restart all the time: each veth lives for three reports."""
    told = []
    for number in range(240):
        names = ("eth0", f"veth{number // 3:04x}", f"veth{number // 3 + 1_000:04x}")
        rows = [NetworkInterface(name, number * 700, 0, 0, 0, is_up=True) for name in names]
        time_ms = START_MS + number * 10_000
        told.append(Heartbeat(server, time_ms, number, "b", 10_000, {"network_interface": rows}))
    return told


@pytest.mark.parametrize("tier", [MINUTE, HOUR, DAY], ids=lambda tier: tier.name)
def test_series_without_a_stable_name_stay_a_week_and_then_as_their_sum(
    engine: HistoryEngine, database: Database, new_server: Callable[[], int], tier: Tier
) -> None:
    server = new_server()
    with database.connect(write=True) as connection:
        engine.append(connection, container_host(server))
    before = read(engine, database, server, tier)
    total = before[SUMMED_KEY]
    # Three reports are two increases: of each pair of veth, 80 times.
    assert total.columns[NAMES[0]].values.sum() == 80 * 2 * 2 * 700
    assert total.columns[NAMES[1]].values.sum() <= 240 * 10
    assert len(before) == 162
    for days, kept in ((4, 160), (9, 0)):
        engine.maintain(database, START_MS + days * DAY_MS, Retention(), lambda: False)
        engine = type(engine)()  # days pass: nothing of then is in memory
        after = read(engine, database, server, tier)
        assert len(after) == kept + 2
        for key in ("eth0", SUMMED_KEY):
            assert after[key].time_ms.tolist() == before[key].time_ms.tolist()
            for name in NAMES:
                expected = before[key].columns[name].values.tolist()
                assert after[key].columns[name].values.tolist() == expected
        assert len(read(engine, database, server, RAW)) == kept + 1


def test_one_of_them_can_be_asked_for_while_it_is_kept(
    engine: HistoryEngine, database: Database, new_server: Callable[[], int]
) -> None:
    server = new_server()
    with database.connect(write=True) as connection:
        engine.append(connection, container_host(server))
    for _ in range(2):
        found = read(engine, database, server, HOUR, ("veth0003",))
        assert list(found) == ["veth0003"]
        assert found["veth0003"].columns[NAMES[0]].values.tolist() == [1_400]
        engine.maintain(database, START_MS + 3 * DAY_MS, Retention(), lambda: False)
    assert list(read(engine, database, server, HOUR, (SUMMED_KEY,))) == [SUMMED_KEY]


@pytest.mark.parametrize(
    "key,ephemeral", [("veth12ab", True), ("tap0", True), ("eth0", False), ("myveth", False)]
)
def test_the_declaration_says_which_they_are(key: str, ephemeral: bool) -> None:
    assert is_ephemeral("network_interface", key) == ephemeral
    assert not is_ephemeral("filesystem", key)
