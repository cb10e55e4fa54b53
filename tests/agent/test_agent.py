"""The whole agent as a process, against a server in this one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agent.standin import Listening, StandIn


class Agents:
    """Starts agents over one spool; a stand-in takes what they send."""

    def __init__(self, folder: Path, listen: Callable[..., Listening]) -> None:
        self.folder = folder
        self.stand_in = StandIn()
        self.listen = listen
        self.server = listen(self.stand_in)
        self.token = folder / "token"
        self.token.write_text("secret\n")
        self.token.chmod(0o600)
        (folder / "run").mkdir()
        self.running: list[subprocess.Popen[str]] = []

    def words(self, command: str, *more: str) -> list[str]:
        flags = ["--server", self.server.url, "--token-file", str(self.token)]
        flags += ["--interval", "1", "--spool", str(self.folder / "spool"), "--server-id", "nas"]
        return [sys.executable, "-m", "homelab_agent", command, *flags, *more]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "RUNTIME_DIRECTORY": str(self.folder / "run")}

    def start(self, *more: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            self.words("run", *more),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def run(self, command: str, *more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.words(command, *more),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def wait_for(self, count: int) -> None:
        self.stand_in.wait_for(lambda: len(self.stand_in.accepted) >= count, 60)

    def end(self, process: "subprocess.Popen[str]") -> str:
        """End an agent as a service manager does; give what it logged."""
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=60)
        assert process.returncode == 0, logged
        return logged


@pytest.fixture
def agents(tmp_path: Path, listen: Callable[..., Listening]) -> Iterator[Agents]:
    agents = Agents(tmp_path, listen)
    yield agents
    for process in agents.running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_it_sends_on_the_grid_and_ends_quietly(agents: Agents) -> None:
    process = agents.start()
    agents.wait_for(3)
    logged = agents.end(process).splitlines()
    heartbeats = agents.stand_in.heartbeats
    assert [heartbeat["sequence"] for heartbeat in heartbeats] == list(
        range(1, len(heartbeats) + 1)
    )
    first = heartbeats[0]
    assert first["server_id"] == "nas"
    assert first["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    # What seldom changes is sent until the server has it, and then now and then.
    assert {"os_info", "cpu_info", "ip_addresses", "collectors"} <= first.keys()
    assert not {"os_info", "server_guid", "collectors"} & heartbeats[-1].keys()
    # One line for each change of state, and none for each cycle.
    assert len(logged) == 3, logged
    assert logged[1] == "homelab-agent: the server takes heartbeats"
    assert logged[2].startswith("homelab-agent: ends; ")


def test_identity_and_numbers_go_on_after_a_restart(agents: Agents) -> None:
    for _ in range(2):
        count = len(agents.stand_in.accepted)
        process = agents.start()
        agents.wait_for(count + 2)
        agents.end(process)
    heartbeats = agents.stand_in.heartbeats
    assert [heartbeat["sequence"] for heartbeat in heartbeats] == list(
        range(1, len(heartbeats) + 1)
    )
    guids = [heartbeat["server_guid"] for heartbeat in heartbeats if "server_guid" in heartbeat]
    assert len(guids) >= 2
    assert len(set(guids)) == 1


def test_what_a_server_missed_is_sent_when_it_is_back(agents: Agents) -> None:
    process = agents.start()
    agents.wait_for(2)
    agents.server.stop()
    time.sleep(3)
    agents.listen(agents.stand_in, port=agents.server.server_address[1])
    # The live one goes first: what waited fills the gap before it.
    accepted = agents.stand_in.accepted
    agents.stand_in.wait_for(lambda: set(range(1, 7)) <= set(accepted.values()), 60)
    agents.end(process)
    assert len(set(accepted.values())) == len(accepted)


def test_status_of_a_running_agent_and_of_none(agents: Agents) -> None:
    none = agents.run("status")
    assert none.returncode == 2
    assert "no agent runs with the spool" in none.stderr
    process = agents.start()
    agents.wait_for(3)
    shown = agents.run("status", "--json")
    assert shown.returncode == 0, shown.stderr
    facts = json.loads(shown.stdout)
    assert facts["state"] == "sending"
    assert facts["pid"] == process.pid
    assert facts["sent"] >= 1
    assert facts["collectors"]["filesystem"]["ok"]
    text = agents.run("status").stdout
    assert "state       sending since" in text
    agents.end(process)


def test_a_second_agent_on_one_spool_is_refused(agents: Agents) -> None:
    process = agents.start()
    agents.wait_for(1)
    second = agents.run("run")
    assert second.returncode == 2
    assert f"another agent (process {process.pid}) uses" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    agents.end(process)


@pytest.mark.parametrize(
    "words, message",
    [
        (["--server", "nas"], "is no address of a server"),
        (["--token-file", "/nowhere"], "/nowhere can't be read"),
        (["--spool", "/proc/spool"], "spool /proc/spool can't be made"),
        (["--ca-file", "/etc/hostname", "--server", "https://nas"], "holds no certificate"),
    ],
)
def test_what_can_not_begin_says_why_in_one_sentence(
    agents: Agents, words: list[str], message: str
) -> None:
    refused = agents.run("run", *words)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_an_unreachable_server_is_said_once_and_nothing_is_lost(agents: Agents) -> None:
    agents.server.stop()
    process = agents.start()
    time.sleep(4)
    logged = agents.end(process)
    assert logged.count("can't be reached") == 1
    assert "heartbeats are kept for the next start" in logged
    assert "; 0 heartbeats" not in logged
    assert list((agents.folder / "spool").glob("segment-*"))


def test_check_config(agents: Agents) -> None:
    good = agents.run("check-config", "--json")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["token"] == "set"
    agents.token.chmod(0o644)
    bad = agents.run("check-config")
    assert bad.returncode == 2
    assert "run chmod 600" in bad.stderr
