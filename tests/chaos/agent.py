"""Kill the agent again and again, and count what the server did not get.

    python -m tests.chaos.agent --rounds 200

Each round starts the agent at an interval of a second, lets it run for a moment, and kills it; the
server is away in a third of the rounds, and now and then the end of the spool is torn as a crash
of the host would tear it. At most the sample being taken may be lost for each kill, and whatever
a torn end held.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.agent.standin import Listening, StandIn

# The record without a body that remembers the last number, with room for a torn one behind it.
MARK_BYTES = 200


@dataclass
class Outcome:
    """What a run of rounds came to. Every number is a count of heartbeats but the first two."""

    kills: int = 0
    torn: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    failed_starts: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.failed_starts and self.doubled == 0 and self.lost <= self.kills + self.torn


class Chaos:
    """An agent that is killed, and the stand-in for its server."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)  # noqa: S311 - a run is to be repeatable
        self.stand_in = StandIn()
        self.server = Listening(self.stand_in)
        self.port = self.server.server_address[1]
        self.away = False
        self.outcome = Outcome()
        (folder / "run").mkdir()
        (folder / "token").write_text("secret\n")
        (folder / "token").chmod(0o600)

    def start(self) -> subprocess.Popen[str]:
        """Start the agent on the one spool."""
        url = f"http://127.0.0.1:{self.port}"
        words = [sys.executable, "-m", "homelab_agent", "run", "--server", url]
        words += ["--token-file", str(self.folder / "token"), "--interval", "1"]
        words += ["--spool", str(self.folder / "spool"), "--server-id", "nas"]
        environment = {**os.environ, "RUNTIME_DIRECTORY": str(self.folder / "run")}
        return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)

    def round(self) -> None:
        """Start, wait, kill; with the server there or away."""
        self.set_away(self.chance.random() < 0.33)
        process = self.start()
        time.sleep(self.chance.uniform(0.2, 2.4))
        if process.poll() is not None:
            self.outcome.failed_starts.append(f"ended with {process.returncode}")
        process.kill()
        _, said = process.communicate()
        if "Traceback" in said:
            self.outcome.failed_starts.append(said)
        self.outcome.kills += 1
        if self.chance.random() < 0.1:
            self.tear()

    def set_away(self, away: bool) -> None:
        """Take the server away, or bring it back."""
        if away and not self.away:
            self.server.stop()
        if not away and self.away:
            self.server = Listening(self.stand_in, port=self.port)
        self.away = away

    def tear(self) -> None:
        """Cut some bytes off the last record of a file of the spool."""
        files = [*self.folder.glob("run/*/recent"), *self.folder.glob("spool/segment-*")]
        torn = [path for path in files if path.stat().st_size > MARK_BYTES]
        if torn:
            path = self.chance.choice(torn)
            content = path.read_bytes()
            path.write_bytes(content[: -self.chance.randint(1, 60)])
            self.outcome.torn += 1

    def finish(self) -> Outcome:
        """Let the agent send what it has, and count."""
        self.set_away(False)
        process = self.start()
        before = len(self.stand_in.accepted)
        self.stand_in.wait_for(lambda: len(self.stand_in.accepted) >= before + 3, 60)
        time.sleep(3)
        process.terminate()
        process.communicate(timeout=60)
        self.server.stop()
        sequences = sorted(self.stand_in.accepted.values())
        outcome = self.outcome
        outcome.accepted = len(sequences)
        outcome.doubled = len(sequences) - len(set(sequences))
        outcome.lost = sequences[-1] - len(set(sequences))
        return outcome


def run(rounds: int, seed: int) -> Outcome:
    """So many rounds of chaos in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), seed)
        for _ in range(rounds):
            chaos.round()
        return chaos.finish()


def main(words: Sequence[str]) -> int:
    """Run it from the command line; the exit code says whether all was well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    outcome = run(options.rounds, options.seed)
    sys.stdout.write(f"{outcome}\n{'well' if outcome.well else 'NOT WELL'}\n")
    return 0 if outcome.well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
