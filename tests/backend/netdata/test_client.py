import asyncio
import logging
import re
import time
from typing import Any

import pytest
from homelab_cmd.netdata import client
from homelab_cmd.netdata.client import Daemon
from homelab_cmd.netdata.schemas import SystemMetrics, TimeRange
from homelab_cmd.netdata.service import Netdata, get_system_metrics

from tests.backend.netdata import standin
from tests.backend.netdata.asking import ask, assert_equal, complaint, oracle
from tests.backend.netdata.standin import RECORDINGS, Reply, StandIn, answer, recorded, stand_in


def test_the_version_that_answered_is_asked_first_from_then_on() -> None:
    async def twice(daemon: StandIn) -> None:
        netdata = Netdata(Daemon(daemon.url), clock=iter(range(0, 10_000, 100)).__next__)
        await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)
        daemon.requests.clear()
        await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)

    with stand_in(standin.debian) as daemon:
        asyncio.run(twice(daemon))
        assert len(daemon.requests) == 4
        assert all(request.startswith("/api/v1/data?chart=") for request in daemon.requests)


@pytest.mark.parametrize(
    "old,new,rounds",
    [
        # An upgrade still speaks v1: the Server header gives it away, the round after uses v3.
        (standin.debian, standin.modern, 2),
        (standin.modern, standin.debian, 1),
        (standin.only_v2, standin.debian, 1),
    ],
)
def test_a_changed_daemon_is_asked_anew(
    old: standin.Route, new: standin.Route, rounds: int
) -> None:
    def upgraded(path: str, query: dict[str, str]) -> Reply:
        if path == "/api/v1/data" and new is standin.modern:
            return recorded_v1_of_modern(query["chart"])
        return new(path, query)

    async def change(daemon: StandIn) -> SystemMetrics:
        netdata = Netdata(Daemon(daemon.url), clock=iter(range(0, 10_000, 100)).__next__)
        await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)
        daemon.route = upgraded
        for _ in range(rounds - 1):
            await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)
        daemon.requests.clear()
        return await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)

    with stand_in(old) as daemon:
        found = asyncio.run(change(daemon))
        expected = (
            oracle("final_cpu_5m", "cpu")
            if new is standin.modern
            else oracle("v1_cpu", "cpu", "v1.37.1")
        )
        assert_equal(found.cpu, expected)
        if new is standin.modern:
            assert all(request.startswith("/api/v3/") for request in daemon.requests)


def recorded_v1_of_modern(chart: str) -> Reply:
    """Debian's v1 body under the newer release's Server header."""
    name = {"system.cpu": "cpu", "system.ram": "ram", "system.io": "io"}.get(chart, "net")
    body = (RECORDINGS / "v1.37.1" / f"v1_{name}.json").read_bytes()
    return answer(body, headers="Server: Netdata Embedded HTTP Server v2.10.4\r\n")


def parent(_path: str, query: dict[str, str]) -> Reply:
    if query["contexts"] != "system.ram":
        return recorded("err_bad_context")
    selected = {"nd-child": "parent_ram_scope", "gone": "parent_child_dead_ram"}
    if query.get("scope_nodes") == "nd-parent":
        body = (RECORDINGS / "v2.10.4" / "parent_ram_scope.json").read_bytes()
        return answer(body.replace(b"2950.4468", b"1111.5").replace(b"nd-child", b"nd-parent"))
    return recorded(selected.get(query.get("scope_nodes", ""), "parent_ram_default"))


def test_a_node_is_selected_by_scope() -> None:
    with stand_in(parent) as daemon:
        found = ask(daemon.url, node="nd-child")
    assert found.ram is not None
    expected = 100 * 2950.4468 / (2606.4406 + 2950.4468 + 18378.132 + 170.54452)
    assert found.ram.current == pytest.approx(expected)
    assert found.ram.points[-1].value == pytest.approx(expected)
    assert found.cpu is None  # one context missing


def test_without_a_node_a_parent_is_asked_for_itself_not_for_the_mean() -> None:
    with stand_in(parent) as daemon:
        found = ask(daemon.url)
    assert found.ram is not None
    assert found.ram.current == pytest.approx(
        100 * 1111.5 / (2606.4406 + 1111.5 + 18378.132 + 170.54452)
    )


def test_a_node_is_selected_by_path_in_v1() -> None:
    with stand_in(lambda path, query: standin.debian(path.removeprefix("/host/a b"), query)) as one:
        ask(one.url, node="a b")
        assert sum(request.startswith("/host/a%20b/api/v1/") for request in one.requests) == 4


def test_a_stopped_or_unknown_node_is_named() -> None:
    with stand_in(parent) as daemon:
        assert "nothing of the node 'gone'" in complaint(daemon.url, node="gone")


ALLOW = "closed the connection without a whole answer; does its 'allow connections from' let"
NOT_NETDATA = "knows no data API in version 3, 2 or 1 (404); is it a Netdata?"
NO_ANSWERS: dict[str, tuple[Reply, str]] = {
    "reset": (standin.reset, ALLOW),
    "closed in order": (standin.hang_up, ALLOW),
    "cut short": (standin.cut, ALLOW),
    "50 MB": (standin.flood, "sends more than 2,097,152 bytes"),
    "bearer protection": (recorded("bearer_data"), "has bearer protection on"),
    "access list": (recorded("acl_denied"), "has an access list that leaves this host out (451)"),
    "its own timeout": (recorded("err_timeout1"), "ran out of time over the query (504)"),
    "no version": (recorded("err_bad_version"), NOT_NETDATA),
    "no command": (recorded("err_bad_endpoint"), NOT_NETDATA),
    "no context": (recorded("err_bad_context"), "has no such context"),
    "no context in v1": (recorded("v1_bad", "v1.37.1"), "has no such context"),
    "other JSON": (recorded("parent_nodes"), "answers JSON that is not a data answer"),
    "HTML": (answer(b"<html>Log in</html>"), "answers something that is not JSON"),
    "half of JSON": (answer(b'{"result": {"labels": ["t'), "answers something that is not JSON"),
    "401": (answer(b"", "401 Unauthorized"), "wants a user and a password (401)"),
    "403": (answer(b"", "403 Forbidden"), "forbids the query (403)"),
    "400": (answer(b"", "400 Bad Request"), "answers with the status 400"),
    "500": (answer(b"", "500 Internal Server Error"), "answers with the status 500"),
    "302": (answer(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"), "redirects elsewhere"),
    "packed": (answer(b"\x1f\x8b", headers="Content-Encoding: gzip\r\n"), "packs its answer"),
    "not HTTP": (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), ALLOW),
}


@pytest.mark.parametrize("case", NO_ANSWERS)
def test_an_answer_that_is_none_is_explained(case: str) -> None:
    reply, words = NO_ANSWERS[case]
    with stand_in(lambda _path, _query: reply) as daemon:
        sentence = complaint(daemon.url)
        assert sentence.startswith(f"Netdata at {daemon.url} {words}")
        assert re.search(r"[.?]$", sentence)


@pytest.mark.parametrize("behaviour", ["freeze", "trickle"])
def test_a_daemon_that_never_finishes_costs_the_deadline_alone(
    behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "DEADLINE_SECONDS", 0.5)
    with stand_in(lambda _path, _query: getattr(daemon, behaviour)) as daemon:
        started = time.monotonic()
        assert "gave no whole answer within 0.5 s" in complaint(daemon.url)
        assert time.monotonic() - started < 5


def test_falling_back_to_older_versions_shares_the_one_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "DEADLINE_SECONDS", 0.6)

    def slow(path: str, _query: dict[str, str]) -> Reply:
        def reply(connection: Any) -> None:
            daemon.released.wait(0.25)
            recorded("err_bad_version")(connection)

        return reply if path != "/api/v1/data" else daemon.freeze

    with stand_in(slow) as daemon:
        started = time.monotonic()
        assert "gave no whole answer within 0.6 s" in complaint(daemon.url)
        assert time.monotonic() - started < 5


def test_the_deadline_is_five_seconds() -> None:
    assert client.DEADLINE_SECONDS == 5


def test_nothing_listening() -> None:
    with stand_in(standin.modern) as daemon:
        url = daemon.url
    assert complaint(url) == (
        f"Netdata at {url} refused the connection; is it running, and listening there?"
    )


@pytest.mark.parametrize(
    "url,words",
    [
        ("http://127.0.0.1:99999", "has the port 99999, which is not between 1 and 65535"),
        ("http://127.0.0.1:0", "has the port 0"),
        ("http://127.0.0.1:nine", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("127.0.0.1:19999", "http"),
        ("localhost:19999", "must start with http:// or https://"),
        ("ftp://127.0.0.1/", "must start with http:// or https://"),
        ("file:///etc/passwd", "must start with http:// or https://"),
        ("http://", "names no host"),
        ("http:///api", "names no host"),
        ("", "http"),
        ("http://exa\x00mple/", "is not a URL"),
    ],
)
def test_a_bad_url_is_said_at_start_and_at_each_question(url: str, words: str) -> None:
    problem = Daemon(url).problem
    assert problem.startswith("The URL in HOMELAB_CMD_NETDATA_URL ")
    assert words in problem
    assert complaint(url) == problem


def test_a_password_in_the_url_is_used_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with stand_in(lambda _path, _query: answer(b"", "500 Broken")) as daemon:
        sentence = complaint(daemon.url.replace("http://", "http://me:hidden@"))
        assert "hidden" not in sentence
        assert "hidden" not in caplog.text
        assert "Authorization: Basic bWU6aGlkZGVu" in daemon.heads[0]


def test_a_path_before_the_api_is_kept() -> None:
    def behind_proxy(path: str, query: dict[str, str]) -> Reply:
        assert path.startswith("/netdata/")
        return standin.modern(path.removeprefix("/netdata"), query)

    with stand_in(behind_proxy) as daemon:
        assert ask(f"{daemon.url}/netdata/").cpu is not None


def test_a_proxy_from_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with stand_in(standin.modern) as daemon:
        assert ask(daemon.url).cpu is not None
