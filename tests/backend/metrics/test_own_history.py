"""What the exposition says of the server's own history, on either engine."""

from __future__ import annotations

from homelab_agent.contract import HostMetrics
from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import Heartbeat, HistoryEngine
from homelab_cmd.history.tiers import Retention, floor_to
from homelab_cmd.metrics.own_history import SIZES_KEPT_SECONDS, Counted, HistorySizes, of_history

from tests.backend.metrics.conftest import Host

STEP_MS = 300_000


def two_days_until(end_ms: int, server_key: int) -> list[Heartbeat]:
    start_ms = end_ms - 2 * DAY_MS
    return [
        Heartbeat(server_key, time_ms, None, "b", STEP_MS, {"host": [HostMetrics(step % 7)]})
        for step, time_ms in enumerate(range(start_ms, end_ms, STEP_MS))
    ]


def told(counted: Counted) -> dict[str, float]:
    return {
        metric.name.removeprefix("homelab_cmd_history_") + labels: value
        for metric in of_history(counted)
        for labels, value in metric.samples
    }


def counted(database: Database, engine: HistoryEngine) -> dict[str, float]:
    with database.connect() as connection:
        return told(HistorySizes(engine).counted(connection))


def test_an_empty_history_has_no_age_and_no_ratio(
    database: Database, engine: HistoryEngine
) -> None:
    assert counted(database, engine) == {"chunks": 0}


def test_age_is_of_what_is_sealed_and_rolled_up(
    database: Database, engine: HistoryEngine, host: Host
) -> None:
    midnight_ms = floor_to(now_ms(), DAY_MS)
    with database.connect(write=True) as connection:
        engine.append(connection, two_days_until(midnight_ms, host.key))
    before = counted(database, engine)
    assert before["chunks"] == 0
    assert "seal_age_seconds" not in before
    assert "rollup_age_seconds" not in before

    later_ms = midnight_ms + 3_600_000
    assert engine.maintain(database, later_ms, Retention(), lambda: False).complete
    after = counted(database, engine)
    since_midnight = (now_ms() - midnight_ms) / 1_000
    assert abs(after["rollup_age_seconds"] - since_midnight) < 60
    samples = after['samples{tier="raw"}']
    if after["chunks"]:  # two of times and two of the host's values, and its roll-ups
        assert after["chunks"] >= 4
        assert samples == 4 * DAY_MS // STEP_MS
        assert abs(after["seal_age_seconds"] - since_midnight - STEP_MS / 1_000) < 60
        assert after["compression_ratio"] > 10  # seven values that repeat, and exact times
    else:
        assert samples == 2 * DAY_MS // STEP_MS
        assert not {"seal_age_seconds", "compression_ratio"} & after.keys()


def test_only_values_that_are_there_count_as_compressed(
    database: Database, engine: HistoryEngine, host: Host
) -> None:
    midnight_ms = floor_to(now_ms(), DAY_MS)
    for step in range(3):
        host.report(midnight_ms - DAY_MS + step, host=[HostMetrics(cpu_percent=0.1)])
    engine.maintain(database, midnight_ms + 3_600_000, Retention(), lambda: False)
    ratio = counted(database, engine).get("compression_ratio")
    # Three samples of one value can't be worth more than the heads of their two chunks.
    assert ratio is None or ratio < 2


def test_it_is_counted_every_ten_minutes(
    database: Database, engine: HistoryEngine, host: Host
) -> None:
    now = 0.0
    sizes = HistorySizes(engine, clock=lambda: now)
    with database.connect() as connection:
        first = sizes.counted(connection)
    host.report(now_ms(), host=[HostMetrics(cpu_percent=1.0)])
    with database.connect() as connection:
        now = SIZES_KEPT_SECONDS - 1
        assert sizes.counted(connection) is first
        now = SIZES_KEPT_SECONDS
        assert sizes.counted(connection).sizes
