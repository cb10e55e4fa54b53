"""Count tests from the JUnit reports that pytest, Vitest and Playwright write."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from devtools.house import TOOLS

FOLDER = TOOLS / "results"


@dataclass(frozen=True)
class Counts:
    """How many tests came out how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def forget() -> None:
    """Remove the reports of an earlier run, lest they be counted again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for report in FOLDER.glob("*.xml"):
        report.unlink()


def count(reports: Iterable[Path]) -> Counts:
    """Add up the test cases of the reports; an error is a failure."""
    return sum((_count_one(report) for report in reports), Counts())


def _count_one(report: Path) -> Counts:
    total = Counts()
    # Our own runners wrote the file: nobody hides an entity bomb in it.
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - as said
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            total += Counts(failed=1)
        elif "skipped" in outcomes:
            total += Counts(skipped=1)
        else:
            total += Counts(passed=1)
    return total
