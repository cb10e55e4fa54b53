"""The agent as one file that any Python 3.10 runs: what the server hands to a new host.

It is packed from the agent that is installed beside this server, so the two always match. It
needs nothing that is compiled, so the file runs on every processor.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_INTERPRETER = b"#!/usr/bin/env python3\n"
_MAIN = "import sys\n\nfrom homelab_agent.__main__ import main\n\nsys.exit(main())\n"


@cache
def agent_archive() -> bytes:
    """Give the zipapp's bytes, the same for the same sources, so that they can be compared."""
    buffer = io.BytesIO()
    buffer.write(_INTERPRETER)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        _add(archive, "__main__.py", _MAIN.encode())
        for name, content in sorted(_sources(files("homelab_agent"), "homelab_agent")):
            _add(archive, name, content)
    return buffer.getvalue()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{name}/{entry.name}", entry.read_bytes()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # ZipInfo's own date is a fixed one, and so are its permissions here.
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
