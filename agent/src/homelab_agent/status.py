"""How the running agent fares, from what it writes down at every cycle."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from homelab_agent.clock import iso, now_ms
from homelab_agent.config import Config, ConfigError
from homelab_agent.folders import Lock, spool_folder
from homelab_agent.state import read_json

STATUS_NAME = "status.json"


class StatusFile:
    """Where the running agent writes its facts, in place: a file made anew costs more each time."""

    def __init__(self, folder: str) -> None:
        path = os.path.join(folder, STATUS_NAME)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._size = os.fstat(self._descriptor).st_size

    def write(self, facts: Mapping[str, Any]) -> None:
        """Put facts in the place of the others. Raises OSError."""
        content = json.dumps(facts).encode()
        # Blanks cover what a longer one left: one write, and no moment without a whole object.
        self._size = max(self._size, len(content))
        os.pwrite(self._descriptor, content.ljust(self._size), 0)

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


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
