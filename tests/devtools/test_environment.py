"""Which uv `./dev` takes, and what it asks of it."""

import sys
from pathlib import Path

import pytest

from devtools import environment


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


def test_uv_takes_the_interpreter_that_is_here_and_downloads_none() -> None:
    given = environment.uv_environment()

    assert given["UV_PYTHON_DOWNLOADS"] == "never"
    assert Path(given["UV_PYTHON"]).resolve() == Path(sys.executable).resolve()
    assert "VIRTUAL_ENV" not in given


@pytest.mark.parametrize(
    "on_path, is_taken",
    [
        (environment.UV_VERSION, True),
        ("0.999.0", True),
        ("0.4.30", False),
        ("built by hand", False),
    ],
)
def test_uv_on_path_is_taken_unless_it_is_too_old(
    on_path: str, is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = program(tmp_path / "bin/uv", f"uv {on_path}")
    own = program(tmp_path / "tools/uv/bin/uv", f"uv {environment.UV_VERSION}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(environment, "TOOLS", tmp_path / "tools")

    assert environment.find_uv() == (found if is_taken else own)
