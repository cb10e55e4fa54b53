"""The short form of `./dev load`: every sample that a few agents sent in some seconds is there."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from benchmarks.load import count_lost, drive, prepare
from benchmarks.server import running_server


def test_what_agents_send_at_their_interval_is_all_there(tmp_path: Path) -> None:
    options = argparse.Namespace(agents=4, interval=1, minutes=0.05, readers=1)
    agents, token = prepare(tmp_path, options.agents)
    with running_server(tmp_path) as server:
        seen = asyncio.run(drive(server, agents, token, options))
    assert seen.refused == []
    assert seen.read
    assert sum(len(agent.acknowledged_ms) for agent in agents) >= options.agents
    assert count_lost(tmp_path, agents) == 0
    agents[0].acknowledged_ms.append(agents[0].acknowledged_ms[-1] + 1)
    assert count_lost(tmp_path, agents) == 1
