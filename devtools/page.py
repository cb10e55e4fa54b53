"""Build the web page into the server's package, when it is not what its sources say."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from devtools.house import FRONTEND, ROOT, TroubleError, run_step
from devtools.node import ensure_modules, npm_step

WEB = ROOT / "backend/src/homelab_cmd/web"
_STAMP = WEB / ".source-hash"
_NOT_SOURCES = {"node_modules", "dist", "tests", "test-results", "playwright-report"}


def is_fresh() -> bool:
    """Tell whether the built page is there and was made from these sources."""
    if not FRONTEND.is_dir():
        return True
    return _STAMP.is_file() and _STAMP.read_text() == _source_hash()


def build() -> None:
    """Build the page unless it is fresh; asking costs some milliseconds."""
    if is_fresh():
        return
    ensure_modules()
    before = _source_hash()
    if not run_step(npm_step("page", "run", "--silent", "build")):
        raise TroubleError("The page could not be built; what Vite said stands above.")
    _STAMP.write_text(before)


def _source_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources(FRONTEND)):
        digest.update(f"{path.relative_to(FRONTEND)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in _NOT_SOURCES:
                yield from _sources(path)
        elif ".test." not in path.name:
            yield path
