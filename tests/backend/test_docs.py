"""What the software offers, its pages name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from homelab_cmd.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    assert f"`HOMELAB_CMD_{name.upper()}`" in (DOCS / "settings.md").read_text()


@pytest.mark.parametrize("file", sorted((DOCS.parent / "deploy").iterdir()), ids=lambda f: f.name)
def test_operating_names_what_is_there_to_deploy(file: Path) -> None:
    pages = [DOCS / "operating.md", *(DOCS.parent / "deploy").glob("compose.*.yaml")]
    assert any(f"deploy/{file.name}" in page.read_text() for page in pages)


ROOT = DOCS.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *DOCS.rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []
