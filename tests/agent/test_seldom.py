"""What is done seldom: when, and for how long its result counts."""

import threading

from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers


def test_it_is_done_once_in_its_time() -> None:
    seldom = Seldom("it", Workers(), 1_000, 0)
    calls = iter(range(1, 10))

    def job() -> int:
        return next(calls)

    assert [seldom.latest(job) for _ in range(3)] == [1, 1, 1]
    seldom.hurry()
    assert seldom.latest(job) == 2


def test_one_that_fails_gives_nothing() -> None:
    seldom = Seldom("it", Workers(), 1_000, "nothing")

    def fail() -> str:
        raise FileNotFoundError

    assert seldom.latest(lambda: "there") == "there"
    seldom.hurry()
    assert seldom.latest(fail) == "nothing"


def test_a_slow_one_does_not_hold_up_the_cycle() -> None:
    workers = Workers()
    seldom = Seldom("it", workers, 1_000, "nothing")
    go, done = threading.Event(), threading.Event()

    def slow() -> str:
        go.wait(60)
        return "late"

    assert seldom.latest(slow) == "nothing"
    assert list(workers.stuck()) == ["it"]
    go.set()
    while workers.stuck():
        done.wait(0.01)
    assert seldom.latest(slow) == "late"
