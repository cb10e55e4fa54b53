"""The steps of `./dev check` and `./dev test`, cheapest first."""

import os
from collections.abc import Sequence

from devtools import api_types, page, results
from devtools.house import FRONTEND, Step
from devtools.node import tool_step

_MOST_WORKERS = 4
"""Of pytest: some tests start servers and databases of their own, memory bounds them."""


def static_steps() -> list[Step]:
    """What reads the sources without running them."""
    steps = [
        Step("ruff format", ["ruff", "format", "--check"]),
        Step("ruff", ["ruff", "check", "--quiet"]),
        Step("mypy", ["mypy"]),
        # The agent runs on 3.10 as well, where some names don't exist.
        Step(
            "mypy for Python 3.10",
            ["mypy", "--python-version", "3.10", "--config-file", "pyproject.toml", "agent/src"],
        ),
        Step("import directions", ["lint-imports", "--no-logo"]),
    ]
    if (FRONTEND / "node_modules").is_dir():
        steps.append(Step("page: lint and types", page.check))
    return steps


def test_steps() -> list[Step]:
    """What runs the programs: units, the server's description, then the whole in a browser."""
    report = results.FOLDER / "pytest.xml"
    steps = [python_tests(["-q", f"--junitxml={report}", *_in_parallel()])]
    if FRONTEND.is_dir():
        junit = results.FOLDER / "vitest.xml"
        steps += [
            Step("API types", api_types.check),
            tool_step(
                "vitest", "run", "--reporter=default", "--reporter=junit", f"--outputFile={junit}"
            ),
            Step("page", page.build),
            browser_tests(["--reporter=list,junit"]),
        ]
    return steps


def browser_tests(arguments: Sequence[str]) -> Step:
    """Playwright with the given arguments, on a server and a browser of its own."""
    return tool_step(
        "playwright",
        "test",
        *arguments,
        env={"PLAYWRIGHT_JUNIT_OUTPUT_FILE": str(results.FOLDER / "playwright.xml")},
    )


def python_tests(arguments: Sequence[str]) -> Step:
    """Pytest with the given arguments, or on everything."""
    return Step("pytest", ["pytest", *arguments], loud=True)


def property_tests(cases: int) -> Step:
    """The tests that make up their cases, with so many of each; one may take an hour."""
    arguments = ["-q", "-m", "hypothesis", "-o", "faulthandler_timeout=0", *_in_parallel()]
    variables = {"HOMELAB_TEST_CASES": str(cases)}
    return Step("properties", ["pytest", *arguments], env=variables, loud=True)


def _in_parallel() -> list[str]:
    return ["-n", str(min(os.cpu_count() or 1, _MOST_WORKERS)), "--dist=worksteal"]
