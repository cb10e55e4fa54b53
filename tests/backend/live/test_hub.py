import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from homelab_agent.contract import HostMetrics
from homelab_cmd.auth.principals import Principal, Scope
from homelab_cmd.history.interface import Heartbeat
from homelab_cmd.live import hub as module
from homelab_cmd.live.hub import TOO_SLOW, Event, Hub, Reader
from sqlalchemy.exc import OperationalError

ANNA = Principal("user", 1, "anna", Scope.READ, session_id=1)
NAMES = {1: "nas", 2: "pi"}


def beat(time_ms: int, server_key: int = 1) -> Heartbeat:
    return Heartbeat(server_key, time_ms, None, None, None, {"host": [HostMetrics()]})


def times(events: list[Event]) -> list[int]:
    return [event.heartbeat.time_ms for event in events]


def run(test: Callable[[Hub], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        await test(Hub(lambda: NAMES))

    asyncio.run(main())


async def taken(reader: Reader) -> list[Event]:
    await reader.wait()
    return reader.take()


async def published(hub: Hub, heartbeats: list[Heartbeat]) -> None:
    """As the writer does it: from a thread of its own."""
    await asyncio.to_thread(hub.publish, heartbeats)
    await asyncio.sleep(0)


def test_every_reader_gets_everything_in_order_from_when_it_came() -> None:
    async def test(hub: Hub) -> None:
        first = hub.listen(ANNA)
        await published(hub, [beat(1), beat(2, server_key=2)])
        second = hub.listen(ANNA)
        await published(hub, [beat(3)])
        assert times(await taken(first)) == [1, 2, 3]
        assert times(await taken(second)) == [3]
        assert [event.server_id for event in hub.since(0)] == ["nas", "pi", "nas"]

    run(test)


def test_a_reader_waits_until_something_comes() -> None:
    async def test(hub: Hub) -> None:
        reader = hub.listen(ANNA)
        waiting = asyncio.create_task(taken(reader))
        await asyncio.sleep(0)
        assert not waiting.done()
        await published(hub, [beat(1)])
        assert times(await waiting) == [1]

    run(test)


def test_one_who_falls_behind_the_log_is_let_go_and_the_others_miss_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CAPACITY", 10)

    async def test(_: Hub) -> None:
        hub = Hub(lambda: NAMES)
        stalled, quick = hub.listen(ANNA), hub.listen(ANNA)
        let_go: list[Reader] = []
        stalled.on_end = lambda: let_go.append(stalled)
        heard: list[int] = []
        for start in range(0, 20, 5):
            await published(hub, [beat(start + step) for step in range(5)])
            heard += times(await taken(quick))
        assert heard == list(range(20))
        assert let_go == [stalled]
        assert stalled.ending is TOO_SLOW
        assert quick.ending is None

    run(test)


def test_a_full_commit_of_ingest_fits_twice() -> None:
    async def test(hub: Hub) -> None:
        reader = hub.listen(ANNA)
        await published(hub, [beat(step) for step in range(4_000)])
        assert times(await taken(reader)) == list(range(4_000))
        assert reader.ending is None

    run(test)


def test_without_readers_nothing_is_kept() -> None:
    async def test(hub: Hub) -> None:
        await published(hub, [beat(1)])
        assert hub.end_of_log == 0
        reader = hub.listen(ANNA)
        await published(hub, [beat(2)])
        hub.leave(reader)
        await published(hub, [beat(3)])
        assert hub.end_of_log == 1

    run(test)


def test_what_all_have_taken_leaves_the_log() -> None:
    async def test(hub: Hub) -> None:
        quick, slow = hub.listen(ANNA), hub.listen(ANNA)
        for step in range(1, 51):
            await published(hub, [beat(step)])
            await taken(quick)
        assert len(hub) == 50
        assert times(await taken(slow)) == list(range(1, 51))
        await published(hub, [beat(51)])
        assert len(hub) == 1
        assert times(await taken(slow)) == [51] == times(await taken(quick))

    run(test)


def test_a_hundred_readers_are_all_woken_with_turns_for_others_between() -> None:
    async def test(hub: Hub) -> None:
        turn, woken = 0, []

        async def listen() -> None:
            assert times(await taken(hub.listen(ANNA))) == [1]
            woken.append(turn)

        waiting = [asyncio.create_task(listen()) for _ in range(100)]
        await asyncio.sleep(0)
        hub.publish([beat(1)])
        while len(woken) < 100:
            await asyncio.sleep(0)
            turn += 1
        assert max(woken) - min(woken) >= 100 // module.WOKEN_TOGETHER
        await asyncio.gather(*waiting)

    run(test)


def test_a_server_that_is_new_is_known_by_name_at_once() -> None:
    async def test(_: Hub) -> None:
        names = {1: "nas"}
        hub = Hub(lambda: dict(names))
        reader = hub.listen(ANNA)
        await published(hub, [beat(1)])
        names[3] = "new"
        await published(hub, [beat(2, server_key=3), beat(3, server_key=99)])
        assert [event.server_id for event in await taken(reader)] == ["nas", "new"]

    run(test)


def test_a_database_that_fails_does_not_reach_the_writer() -> None:
    async def test(_: Hub) -> None:
        def fail() -> dict[int, str]:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))

        hub = Hub(fail)
        hub.listen(ANNA)
        await published(hub, [beat(1)])
        assert hub.end_of_log == 0

    run(test)


def test_many_threads_may_publish() -> None:
    async def test(hub: Hub) -> None:
        reader = hub.listen(ANNA)

        def publish_many() -> None:
            for step in range(100):
                hub.publish([beat(step)])

        threads = [threading.Thread(target=publish_many) for _ in range(8)]
        for thread in threads:
            thread.start()
        heard: list[int] = []
        while len(heard) < 800:
            heard += times(await taken(reader))
        for thread in threads:
            thread.join()
        assert sorted(heard) == sorted([*range(100)] * 8)

    run(test)


def test_json_is_made_once_for_all_who_ask_for_the_same() -> None:
    event = Event("nas", beat(1_795_220_645_000))
    whole = event.encoded(None)
    assert whole is not None
    assert json.loads(whole)["timestamp"] == "2026-11-21T00:24:05.000+00:00"
    assert event.encoded(None) is whole
    assert event.encoded(frozenset({"host"})) == whole
    assert event.encoded(frozenset({"filesystem"})) is None
