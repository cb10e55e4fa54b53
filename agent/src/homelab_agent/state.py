"""What the agent remembers over restarts: who it is, and how far its heartbeats are numbered."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

# So many numbers are reserved with one write to the disk; after a power cut the rest is skipped.
_RESERVED_AT_ONCE = 1_000
_NAME = "state.json"
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass
class State:
    """The identity and the first sequence that was never reserved, kept in `path`."""

    path: str
    server_guid: str
    reserved: int

    def reserve(self, sequence: int) -> None:
        """See to it that `sequence` is never given out again, even after a power cut."""
        if sequence >= self.reserved:
            self.reserved = sequence + _RESERVED_AT_ONCE
            self.save()

    def save(self) -> None:
        """Write it so that either the old or the new is there. Raises OSError."""
        write_json(self.path, {"server_guid": self.server_guid, "reserved": self.reserved})


def load_state(folder: str) -> State:
    """The state kept in `folder`, or a new one where there is none that can be read."""
    path = os.path.join(folder, _NAME)
    fields = read_json(path)
    guid = fields.get("server_guid")
    reserved = fields.get("reserved")
    state = State(
        path,
        guid if isinstance(guid, str) and _UUID4.fullmatch(guid) else new_uuid4(),
        reserved if isinstance(reserved, int) and reserved > 0 else 1,
    )
    if state.server_guid != guid:
        state.save()
    return state


def read_json(path: str) -> dict[str, Any]:
    """The object in a small file; empty where there is none, or a torn one."""
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: str, fields: dict[str, Any], *, durable: bool = True) -> None:
    """Replace a small file as a whole. Raises OSError."""
    beside = f"{path}.new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, json.dumps(fields).encode() + b"\n")
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(beside, path)


def new_uuid4() -> str:
    """A random UUID, without the import of a module for it."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
