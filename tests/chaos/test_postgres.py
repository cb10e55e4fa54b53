"""The short form of `./dev chaos postgres`: each once, the database away for seconds."""

from __future__ import annotations

from pathlib import Path

from tests.backend.postgres import PostgresServer
from tests.chaos.postgres import (
    WORKERS,
    failover,
    kill_who_serves_the_page,
    outage,
    play,
    with_standby,
)


def test_a_killed_process_an_outage_and_a_failover_lose_nothing_and_the_page_goes_on(
    tmp_path: Path,
) -> None:
    postgres = PostgresServer({"synchronous_commit": "on"})
    with with_standby(postgres, postgres.create_database()) as (standby, url):
        disturbs = [
            kill_who_serves_the_page,
            outage(postgres, 2.0),
            failover(postgres, standby, 1.0),
        ]
        outcome = play(tmp_path, url, 4, disturbs)
    postgres.close()
    assert outcome.clean, outcome
    assert outcome.refused > 0
    assert outcome.streams >= 1 + len(disturbs)
    assert outcome.replaced == 1 < WORKERS
