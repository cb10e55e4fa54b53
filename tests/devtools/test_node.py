"""Which Node is new enough."""

from pathlib import Path

import pytest

from devtools import node


@pytest.mark.parametrize(
    "says, is_taken",
    [("v24.0.0", True), ("v26.1.3", True), ("v20.19.4", False), ("", False), ("v7", False)],
)
def test_an_old_node_is_passed_over(
    says: str, is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert node.node_on_path() == (program if is_taken else None)


def test_the_wheel_of_node_is_the_locked_one() -> None:
    project = (Path(node.__file__).parents[1] / "pyproject.toml").read_text()

    assert f'node = ["{node.REQUIREMENT}"]' in project
