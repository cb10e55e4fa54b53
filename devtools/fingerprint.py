"""A hash over a tree of sources, to tell whether something was made from just these."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_NOT_SOURCES = {"node_modules", "dist", "test-results", "playwright-report"}


def fingerprint(folders: Iterable[Path], *, tests: bool) -> str:
    """Hash names and contents of all files in the folders, with or without `*.test.*`."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(_sources(folder)):
            if tests or ".test." not in path.name:
                digest.update(f"{path.relative_to(folder)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in _NOT_SOURCES:
                yield from _sources(path)
        else:
            yield path
