"""When the page is built anew."""

from pathlib import Path

import pytest

from devtools import page


@pytest.fixture
def frontend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources whose page has just been built."""
    sources = tmp_path / "frontend"
    for name in ("index.html", "src/main.tsx", "src/main.test.tsx", "node_modules/react/index.js"):
        path = sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(page, "FRONTEND", sources)
    monkeypatch.setattr(page, "_STAMP", tmp_path / "stamp")
    page._STAMP.write_text(page._source_hash())
    return sources


def test_a_built_page_is_fresh(frontend: Path) -> None:
    assert page.is_fresh()


@pytest.mark.parametrize("changed", ["src/main.tsx", "src/new.ts", "package-lock.json"])
def test_a_changed_source_makes_it_stale(changed: str, frontend: Path) -> None:
    (frontend / changed).write_text("changed")

    assert not page.is_fresh()


def test_a_removed_or_renamed_source_makes_it_stale(frontend: Path) -> None:
    (frontend / "src/main.tsx").rename(frontend / "src/app.tsx")

    assert not page.is_fresh()


@pytest.mark.parametrize("changed", ["src/main.test.tsx", "node_modules/react/index.js"])
def test_what_is_not_in_the_page_does_not(changed: str, frontend: Path) -> None:
    (frontend / changed).write_text("changed")

    assert page.is_fresh()


def test_a_page_never_built_is_stale(frontend: Path) -> None:
    page._STAMP.unlink()

    assert not page.is_fresh()


def test_without_sources_the_page_is_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "FRONTEND", tmp_path / "none")

    assert page.is_fresh()
