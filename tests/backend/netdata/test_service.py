import asyncio

import pytest
from homelab_cmd.errors import Unavailable
from homelab_cmd.netdata.client import Daemon
from homelab_cmd.netdata.schemas import SystemMetrics, TimeRange
from homelab_cmd.netdata.service import Netdata, get_system_metrics

from tests.backend.netdata import standin
from tests.backend.netdata.asking import ask, assert_equal, oracle
from tests.backend.netdata.standin import StandIn, recorded, stand_in

STEMS = {"cpu": "cpu", "ram": "ram", "disk": "io", "network_in": "net", "network_out": "net"}


@pytest.mark.parametrize("time_range", list(TimeRange))
@pytest.mark.parametrize("route", [standin.modern, standin.only_v2])
def test_every_point_of_every_range_equals_the_recording(
    route: standin.Route, time_range: TimeRange
) -> None:
    with stand_in(route) as daemon:
        found = ask(daemon.url, time_range)
    for metric, stem in STEMS.items():
        name = {"5m": f"final_{stem}_5m", "1h": f"final_{stem}_1h", "24h": f"data_{stem}_24h"}
        data = getattr(found, metric)
        assert_equal(data, oracle(name[time_range], metric))
        newest = oracle(f"final_{stem}_5m", metric)[-1][1]
        assert data.current == pytest.approx(newest)


def test_debians_own_release_is_read_over_v1() -> None:
    with stand_in(standin.debian) as daemon:
        found = ask(daemon.url)
    for metric, stem in STEMS.items():
        assert_equal(getattr(found, metric), oracle(f"v1_{stem}", metric, "v1.37.1"))


def test_units_are_those_of_the_contract() -> None:
    with stand_in(standin.modern) as daemon:
        found = ask(daemon.url).model_dump()
    assert {name: data["unit"] for name, data in found.items()} == {
        "cpu": "%",
        "ram": "%",
        "disk": "KiB/s",
        "network_in": "kilobits/s",
        "network_out": "kilobits/s",
    }


def test_a_fresh_daemon_asked_for_a_day_gives_null_points() -> None:
    with stand_in(lambda _path, _query: recorded("cold_net_24h")) as daemon:
        found = ask(daemon.url, TimeRange.ONE_DAY)
    assert found.network_in is not None
    assert found.network_in.current is None
    assert len(found.network_in.points) == 144
    assert {point.value for point in found.network_in.points} == {None}


def test_the_query_is_the_documented_one() -> None:
    with stand_in(standin.modern) as daemon:
        ask(daemon.url, TimeRange.ONE_HOUR)
    assert sorted(daemon.requests) == sorted(
        f"/api/v3/data?contexts=system.{name}&{rest}"
        for name in ("cpu", "ram", "io", "net")
        for rest in ("after=-3600&points=60", "after=-5&points=1&options=unaligned")
    )


def test_ten_readers_cost_one_query_a_context() -> None:
    async def readers(netdata: Netdata) -> list[SystemMetrics]:
        return await asyncio.gather(
            *(get_system_metrics(netdata, TimeRange.FIVE_MINUTES) for _ in range(10))
        )

    with stand_in(standin.modern) as daemon:
        found = asyncio.run(readers(Netdata(Daemon(daemon.url))))
        assert len(daemon.requests) == 4
    assert found == [found[0]] * 10


def test_an_answer_is_kept_for_its_time_and_no_longer() -> None:
    now = [0.0]

    async def later(netdata: Netdata, daemon: StandIn) -> list[int]:
        counts = []
        for moment in (0, 1.9, 2.1, 20, 70):
            now[0] = moment
            await get_system_metrics(netdata, TimeRange.ONE_HOUR)
            counts.append(len(daemon.requests))
        return counts

    with stand_in(standin.modern) as daemon:
        netdata = Netdata(Daemon(daemon.url), clock=lambda: now[0])
        # Four series and four current values; at 2.1 s only the latter are too old.
        assert asyncio.run(later(netdata, daemon)) == [8, 8, 12, 20, 28]


def test_a_failure_is_not_kept() -> None:
    async def recover(daemon: StandIn) -> SystemMetrics:
        netdata = Netdata(Daemon(daemon.url))
        with pytest.raises(Unavailable):
            await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)
        daemon.route = standin.modern
        return await get_system_metrics(netdata, TimeRange.FIVE_MINUTES)

    with stand_in(lambda _path, _query: standin.reset) as daemon:
        assert asyncio.run(recover(daemon)).cpu is not None


def test_a_reader_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    async def leave(daemon: StandIn) -> SystemMetrics:
        netdata = Netdata(Daemon(daemon.url))
        first = asyncio.create_task(get_system_metrics(netdata, TimeRange.FIVE_MINUTES))
        second = asyncio.create_task(get_system_metrics(netdata, TimeRange.FIVE_MINUTES))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()
        return await second

    with stand_in(standin.modern) as daemon:
        assert asyncio.run(leave(daemon)).cpu is not None
