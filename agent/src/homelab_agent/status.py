"""How the running agent fares, from what it writes down at every cycle."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from homelab_agent.clock import iso, now_ms
from homelab_agent.config import Config, ConfigError
from homelab_agent.folders import Lock, spool_folder
from homelab_agent.state import read_json

STATUS_NAME = "status.json"


def read(config: Config, environment: Mapping[str, str]) -> dict[str, Any]:
    """What the agent that uses this spool said last. Raises ConfigError where none runs."""
    spool = spool_folder(config.spool, environment)
    holder = Lock(spool).holder()
    if holder is None:
        raise ConfigError(f"no agent runs with the spool {spool}: start one by homelab-agent run.")
    facts = read_json(os.path.join(str(holder.get("fast")), STATUS_NAME))
    facts["pid"] = holder["pid"]
    facts.setdefault("state", "starting")
    return facts


def describe(facts: Mapping[str, Any]) -> str:
    """The facts as lines for a person."""
    last_sent = facts.get("last_sent_ms")
    lines = [
        f"process     {facts['pid']}",
        f"server      {facts.get('server')} as {facts.get('server_id')}",
        f"state       {facts['state']} since {_moment(facts.get('since_ms'))}",
        f"last sent   {_moment(last_sent)}",
        f"waiting     {facts.get('waiting', 0)} heartbeats",
        f"spool       {facts.get('spool')}, {facts.get('stored_bytes', 0)} bytes",
    ]
    if facts.get("reason"):
        lines.insert(3, f"because     {facts['reason']}")
    if facts.get("dropped"):
        lines.append(f"given up    {facts['dropped']} heartbeats, for lack of room")
    if facts.get("set_aside"):
        lines.append(f"set aside   {facts['set_aside']} refused heartbeats, in refused.jsonl")
    offset_seconds = facts.get("clock_offset_seconds")
    if isinstance(offset_seconds, (int, float)) and abs(offset_seconds) >= 1:
        lines.append(f"clock       {offset_seconds:+.0f} s from this host's to the server's")
    for name, report in facts.get("collectors", {}).items():
        fate = report.get("error") or f"{1_000 * report.get('duration_seconds', 0):.1f} ms"
        lines.append(f"  {name:<18} {fate}")
    lines += [f"  hangs: {name}, for {age} s" for name, age in facts.get("hanging", {}).items()]
    return "\n".join(lines)


def _moment(time_ms: object) -> str:
    if not isinstance(time_ms, int):
        return "never"
    return f"{iso(time_ms)} ({max(now_ms() - time_ms, 0) // 1_000} s ago)"
