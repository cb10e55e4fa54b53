"""The sum that `./dev test` ends with."""

from pathlib import Path

from devtools.results import Counts, count


def test_reports_of_all_runners_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "pytest.xml").write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase>"
        "<testcase><skipped/></testcase></testsuite></testsuites>"
    )
    (tmp_path / "vitest.xml").write_text(
        "<testsuites><testsuite><testcase><system-out>ok</system-out></testcase>"
        "<testcase><error/></testcase></testsuite></testsuites>"
    )

    total = count(tmp_path.glob("*.xml"))

    assert total == Counts(passed=2, failed=2, skipped=1)
    assert str(total) == "2 passed, 2 failed, 1 skipped"


def test_a_run_without_skipped_tests_does_not_speak_of_them() -> None:
    assert str(Counts(passed=3)) == "3 passed, 0 failed"
