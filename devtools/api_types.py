"""The API's description and the page's types, both generated from the server's code."""

import subprocess
from pathlib import Path

from devtools.house import FRONTEND, ROOT, VENV, TroubleError, run_step
from devtools.node import ensure_modules, npm_step

_OPENAPI = FRONTEND / "openapi.json"
_TYPES = FRONTEND / "src/api/schema.d.ts"


def write() -> None:
    """Write openapi.json and the TypeScript types made from it."""
    ensure_modules()
    command = [str(VENV / "bin/homelab-cmd"), "openapi"]
    described = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if described.returncode:
        raise TroubleError("`homelab-cmd openapi` failed; what it said stands above.")
    _OPENAPI.write_bytes(described.stdout)
    if not run_step(npm_step("TypeScript types", "run", "--silent", "types")):
        raise TroubleError("The TypeScript types could not be generated.")


def check() -> None:
    """Generate both anew, compare with what was there, and put that back."""
    before = {path: _content(path) for path in (_OPENAPI, _TYPES)}
    differing = []
    try:
        write()
        differing = [path for path, content in before.items() if _content(path) != content]
    finally:
        for path, content in before.items():
            if content is not None:
                path.write_bytes(content)
    if differing:
        names = " and ".join(str(path.relative_to(ROOT)) for path in differing)
        raise TroubleError(f"{names}: not what the server's code says; run ./dev types.")


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
