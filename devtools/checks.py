"""The steps of `./dev check` and `./dev test`, cheapest first."""

from devtools.house import Step


def static_steps() -> list[Step]:
    """What reads the Python sources without running them."""
    return [
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


def python_tests(arguments: list[str]) -> Step:
    """Pytest with the given arguments, or on everything."""
    return Step("pytest", ["pytest", *arguments], loud=True)
