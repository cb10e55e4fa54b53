"""Hatchling's hook: the wheel carries the page, built from frontend/ when that is needed.

Where no page is wanted (an agent alone) or none can be built (32-bit Arm has no Node),
`HOMELAB_CMD_PAGE=skip` leaves it as it is.
"""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from devtools import node, page


class PageHook(BuildHookInterface[Any]):
    """Build the page before the files of the distribution are collected."""

    def dependencies(self) -> list[str]:
        """Ask for Node only where a page must be built and no Node is at hand."""
        return [node.REQUIREMENT] if _must_build() and not node.node_on_path() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if it is missing or older than its sources; add the migrations.

        An editable install finds the migrations in the checkout.
        """
        if _must_build():
            page.build()
        if self.target_name == "wheel" and version != "editable":
            folder = str(Path(self.root) / "migrations")
            build_data["force_include"][folder] = "homelab_cmd/migrations"


def _must_build() -> bool:
    if os.environ.get("HOMELAB_CMD_PAGE") == "skip" or page.is_fresh():
        return False
    if node.node_on_path() or node.wheel_exists():
        return True
    print("No Node for this processor: the page is left out.", file=sys.stderr)  # noqa: T201 - to whom it builds
    return False
