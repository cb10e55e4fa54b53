"""The short form of the long tries."""

from tests.chaos.agent import run


def test_kills_lose_at_most_the_sample_being_taken() -> None:
    outcome = run(rounds=6, seed=4)
    assert outcome.well, outcome
    assert outcome.accepted > 5
