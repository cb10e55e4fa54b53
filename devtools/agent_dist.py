"""The agent alone: a wheel, `homelab-agent`, and a file that runs without being installed.

For hosts that want neither Node nor the server. Runs in the virtual environment: it asks
hatchling, and the server for the file it hands out.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder
from homelab_cmd.agent_archive import agent_archive

from devtools.house import ROOT

_SHARED = ("version", "license", "license-files", "requires-python", "dependencies")


def build(folder: Path) -> list[Path]:
    """Build both into the folder and give their paths."""
    builder = WheelBuilder(str(ROOT), config=_configuration())
    wheels = builder.build(directory=str(folder), versions=["standard"])
    program = folder / "homelab-agent.pyz"
    program.write_bytes(agent_archive())
    program.chmod(0o755)
    return [*map(Path, wheels), program]


def _configuration() -> dict[str, Any]:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    project = {
        **{key: whole[key] for key in _SHARED},
        "name": "homelab-agent",
        "description": "The agent of HomelabCmd: hands what it reads of a host to a server.",
        "scripts": {"homelab-agent": whole["scripts"]["homelab-agent"]},
    }
    packages = {"packages": ["agent/src/homelab_agent"]}
    return {"project": project, "tool": {"hatch": {"build": {"targets": {"wheel": packages}}}}}


if __name__ == "__main__":
    build(Path(sys.argv[1]))
