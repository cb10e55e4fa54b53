from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from fastapi.testclient import TestClient
from homelab_agent.contract import Filesystem
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.history.tiers import DAY_MS, HOUR_MS
from homelab_cmd.metrics.filesystem_endpoints import Filesystems
from homelab_cmd.servers.service import set_paused

from tests.backend.metrics.conftest import Host

SIZE = 10**12
HOUR_START_MS = now_ms() // HOUR_MS * HOUR_MS


def filesystem(
    path: str,
    used: int,
    *,
    state: Literal["ok", "stale"] = "ok",
    read_only: bool = False,
) -> Filesystem:
    free = SIZE - used
    percent = 100 * used / SIZE
    return Filesystem(
        path, "/dev/x", "ext4", SIZE, used, free, percent, state=state, read_only=read_only
    )


def names(body: dict[str, Any]) -> list[str]:
    return [f"{one['server_id']}:{one['mount_point']}" for one in body["filesystems"]]


def ask(client: TestClient, **parameters: int) -> Any:
    answer = client.get("/api/v1/filesystems", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def report_weeks(host: Host, per_day: dict[str, int]) -> None:
    """Three weeks in which each filesystem grows towards half by so many bytes a day."""
    for day in range(21, 0, -1):
        rows = [filesystem(path, SIZE // 2 - day * grown) for path, grown in per_day.items()]
        host.report(HOUR_START_MS - day * DAY_MS + HOUR_MS, filesystem=rows)


def test_what_is_soonest_full_comes_first_whatever_host_it_is_on(
    client: TestClient, new_host: Callable[[str], Host]
) -> None:
    nas, web = new_host("nas"), new_host("web")
    report_weeks(nas, {"/slow": 2 * 10**9, "/still": 0})
    report_weeks(web, {"/fast": 8 * 10**9})
    now = now_ms()
    nas.report(now, filesystem=[filesystem("/slow", SIZE // 2), filesystem("/still", 6 * 10**11)])
    web.report(now, filesystem=[filesystem("/fast", SIZE // 2), filesystem("/full", 99 * 10**10)])
    body = ask(client)
    Filesystems.model_validate(body)
    assert names(body) == ["web:/full", "web:/fast", "nas:/slow", "nas:/still"]
    states = [one["forecast"] and one["forecast"]["state"] for one in body["filesystems"]]
    assert states == [None, "filling", "filling", "steady"]
    assert (names(ask(client, limit=1, offset=1)), body["total"]) == (["web:/fast"], 4)


def test_what_is_not_of_now_or_can_not_fill_comes_last(
    client: TestClient, new_host: Callable[[str], Host]
) -> None:
    nas, silent = new_host("nas"), new_host("silent")
    silent.report(now_ms() - HOUR_MS, filesystem=[filesystem("/", 97 * 10**10)])
    nas.report(
        now_ms(),
        filesystem=[
            filesystem("/cd", SIZE, read_only=True),
            filesystem("/hung", 98 * 10**10, state="stale"),
            filesystem("/", 10**11),
        ],
    )
    body = ask(client)
    assert names(body) == ["nas:/", "nas:/cd", "silent:/", "nas:/hung"]
    assert [one["current"] for one in body["filesystems"]] == [True, True, False, False]


def test_a_paused_host_s_numbers_are_not_of_now(client: TestClient, host: Host) -> None:
    host.report(now_ms(), filesystem=[filesystem("/", 5)])
    with client.app.state.database.write() as session:  # type: ignore[attr-defined]  # FastAPI
        set_paused(session, "nas", paused=True)
    (one,) = ask(client)["filesystems"]
    assert one["current"] is False


def test_a_jump_says_why_there_is_no_forecast(client: TestClient, host: Host) -> None:
    for day in range(21, 0, -1):
        used = SIZE // 2 + day * 10**8 - (SIZE // 4 if day > 3 else 0)
        host.report(HOUR_START_MS - day * DAY_MS, filesystem=[filesystem("/", used)])
    host.report(now_ms(), filesystem=[filesystem("/", SIZE // 2)])
    (one,) = ask(client)["filesystems"]
    assert one["forecast"]["state"] == "unknown"
    jumped_ms = (HOUR_START_MS - 3 * DAY_MS) // DAY_MS * DAY_MS
    assert one["forecast"]["jumped_at"] == iso(jumped_ms)


def test_forecasts_are_worked_out_once_an_hour(client: TestClient, host: Host) -> None:
    report_weeks(host, {"/": 10**9})
    host.report(now_ms(), filesystem=[filesystem("/", SIZE // 2)])
    first = ask(client)["filesystems"][0]["forecast"]
    report_weeks(host, {"/late": 10**9})
    host.report(now_ms(), filesystem=[filesystem("/late", SIZE // 2)])
    (late,) = ask(client)["filesystems"]
    assert (first["state"], late["mount_point"], late["forecast"]) == ("filling", "/late", None)
