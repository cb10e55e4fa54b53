"""Calls under a deadline, some of which hang."""

import threading
import time
from collections.abc import Iterator

import pytest
from homelab_agent.workers import MAX_STUCK, Workers


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What a hanging call waits for; set at the end, so that no thread stays behind."""
    event = threading.Event()
    yield event
    event.set()


def test_results_and_operating_system_errors_come_back() -> None:
    def fail() -> None:
        raise PermissionError(13, "no")

    results = Workers().run({"a": lambda: 1, "b": fail, "c": lambda: 3}, 5)
    assert results["a"] == 1
    assert results["c"] == 3
    assert isinstance(results["b"], PermissionError)


def test_no_jobs() -> None:
    assert Workers().run({}, 5) == {}


def test_one_that_hangs_costs_its_own_answer_alone(release: threading.Event) -> None:
    workers = Workers()
    jobs = {"a": lambda: 1, "hung": release.wait, "b": lambda: 2}
    assert workers.run(jobs, 0.3) == {"a": 1, "b": 2}
    assert list(workers.stuck()) == ["hung"]


def test_one_that_hangs_is_not_asked_again_until_it_returns(release: threading.Event) -> None:
    workers = Workers()
    asked = []

    def hang() -> str:
        asked.append(1)
        release.wait()
        return "back"

    for _ in range(3):
        assert workers.run({"hung": hang, "well": lambda: 1}, 0.2) == {"well": 1}
    assert len(asked) == 1
    release.set()
    deadline = time.monotonic() + 10
    while workers.stuck():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert workers.run({"hung": hang, "well": lambda: 1}, 5) == {"hung": "back", "well": 1}


def test_no_more_than_so_many_hang_and_then_nothing_more_is_begun(release: threading.Event) -> None:
    workers = Workers()
    began = []

    def hang() -> None:
        began.append(1)
        release.wait()

    jobs = {str(number): hang for number in range(MAX_STUCK + 10)}
    assert workers.run(jobs, 3) == {}
    assert len(workers.stuck()) == len(began) == MAX_STUCK
    assert workers.run({"well": lambda: 1}, 0.2) == {}


def test_threads_of_the_stuck_leave_when_they_return(release: threading.Event) -> None:
    before = threading.active_count()
    workers = Workers()
    workers.run({str(number): release.wait for number in range(8)}, 2)
    release.set()
    deadline = time.monotonic() + 10
    while threading.active_count() > before + 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert workers.run({"well": lambda: 1}, 5) == {"well": 1}
