"""Installations that move between real databases of every kind, and are killed on the way."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from homelab_agent.contract import FAMILIES, Family
from homelab_cmd.auth.models import User
from homelab_cmd.cli import main
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import upgrade
from homelab_cmd.errors import StartupError
from homelab_cmd.history import rollup
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.frames import python_values
from homelab_cmd.history.interface import Heartbeat, Selection
from homelab_cmd.history.rows.hypertables import Layout, arrange
from homelab_cmd.history.rows.tables import floors
from homelab_cmd.history.tiers import DAY_MS, MINUTE, RAW, TIERS, Retention, Tier
from homelab_cmd.moving.history import Side
from homelab_cmd.moving.service import Moved, move, take_possession
from homelab_cmd.servers.models import Server
from sqlalchemy import Connection, func, select, update

from tests.backend.history.strategies import same
from tests.backend.history.test_crashes import NOW_MS, SHORT, day_and_night
from tests.backend.postgres import PostgresServer
from tests.backend.timescale import TimescaleServer

SLOW, FAST = 3, 7  # servers that make no minutes, and that do
EVER_MS = 1 << 42
SINCE_MS = now_ms() // DAY_MS * DAY_MS - NOW_MS // DAY_MS * DAY_MS


class Crash(Exception):
    """The process ends here."""


class MortalDatabase(Database):
    """A database whose process ends when it has written so often; never at -1."""

    left = -1

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[Connection]:
        if write and self.left == 0:
            raise Crash
        self.left -= write and self.left > 0
        with super().connect(write=write) as connection:
            yield connection


@pytest.fixture
def make_side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Side]]:
    """Makes empty installations: "chunks on sqlite", "rows on postgresql" and the like."""
    made: list[Database] = []

    def make(name: str) -> Side:
        engine, _, kind = name.split(" ")
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path / f'{len(made)}.sqlite3'}"
        elif kind == "postgresql":
            postgres: PostgresServer = request.getfixturevalue("postgres")
            url = postgres.url(postgres.create_database())
        else:
            apache: TimescaleServer = request.getfixturevalue("apache")
            url = apache.url(apache.create_database())
        made.append(MortalDatabase(url))
        upgrade(made[-1])
        arrange(made[-1].engine, Layout())
        return Side(made[-1], make_engine(engine))

    yield make
    for database in made:
        database.dispose()


def told(server_key: int) -> list[Heartbeat]:
    """Four days up to the last midnight."""
    interval_ms = 1_200_000 if server_key == SLOW else 10_000
    return [
        replace(beat, time_ms=beat.time_ms + SINCE_MS, interval_ms=interval_ms)
        for beat in day_and_night(server_key)
    ]


def today(server_key: int) -> list[Heartbeat]:
    """What came since midnight, if anything has."""
    midnight = now_ms() // DAY_MS * DAY_MS
    first_ms = told(server_key)[0].time_ms
    return [
        replace(beat, time_ms=midnight + beat.time_ms - first_ms, sequence=1_000_000 + number)
        for number, beat in enumerate(told(server_key)[:4])
    ]


def live_in(side: Side) -> None:
    """Two hosts for four days, most of which are pruned down to hours; an account; today."""
    with side.database.write() as session:
        for server_key in (SLOW, FAST):
            server = Server(
                id=server_key, server_id=f"host{server_key}", created_at_ms=1, updated_at_ms=2
            )
            session.add(server)
        session.add(User(name="anna", password_hash="x", role="admin", created_at_ms=1))
    for server_key in (SLOW, FAST):
        say(side, told(server_key))
    assert side.engine.maintain(side.database, NOW_MS + SINCE_MS, SHORT, lambda: False).complete
    for server_key in (SLOW, FAST):
        say(side, today(server_key))


def say(side: Side, heartbeats: list[Heartbeat]) -> None:
    with side.database.connect(write=True) as connection:
        side.engine.append(connection, heartbeats)


def answers(side: Side, family: Family, tier: Tier) -> dict[tuple[int, str], dict[str, list[Any]]]:
    """Everything that an installation says of a family in a tier, from the tier's floor on."""
    fields = (
        tuple(field.name for field in family.values)
        if tier is RAW
        else tuple(column.name for column in rollup.columns(family))
    )
    with side.database.connect() as connection:
        floor_ms = (
            connection.scalar(select(floors.c.floor_ms).where(floors.c.tier == tier.name)) or 0
        )
        if tier is MINUTE and floor_ms:  # the sample before the first may be pruned on one side
            floor_ms += DAY_MS
        wanted = Selection((SLOW, FAST), family, None, fields, floor_ms, EVER_MS, tier)
        frames = side.engine.range(connection, wanted)
    return {
        (frame.server_key, frame.key): {
            "time_ms": frame.time_ms.tolist(),
            **{name: python_values(column) for name, column in frame.columns.items()},
        }
        for frame in frames
    }


def assert_same(source: Side, target: Side) -> None:
    for family in FAMILIES:
        for tier in TIERS:
            here, there = answers(source, family, tier), answers(target, family, tier)
            assert here.keys() == there.keys()
            for series, columns in here.items():
                for name, values in columns.items():
                    found = there[series][name]
                    assert len(values) == len(found), (tier.name, series, name)
                    assert all(map(same, found, values)), (tier.name, series, name)
    for side in (source, target):
        with side.database.connect() as connection:
            assert connection.scalar(select(User.name)) == "anna"
            assert connection.scalar(select(func.count()).select_from(Server)) == 2


WAYS = [
    ("chunks on sqlite", "rows on postgresql"),
    ("rows on postgresql", "chunks on sqlite"),
    ("chunks on sqlite", "rows on timescale"),
]


@pytest.mark.parametrize("source_kind, target_kind", WAYS)
def test_everything_moves_and_what_comes_meanwhile_follows(
    make_side: Callable[[str], Side], source_kind: str, target_kind: str
) -> None:
    source, target = make_side(source_kind), make_side(target_kind)
    live_in(source)
    moved = move(source, target, print)
    assert moved.comparison.differences == []
    assert moved.heartbeats > 0
    assert all(moved.comparison.samples.values()), moved.comparison.samples
    assert_same(source, target)

    late = [replace(beat, time_ms=beat.time_ms + 5_000, sequence=None) for beat in told(FAST)[-9:]]
    say(source, late)
    with source.database.write() as session:
        session.execute(update(Server).where(Server.id == SLOW).values(display_name="cellar"))
    again = move(source, target, print)
    assert (again.heartbeats, again.comparison.differences) == (len(late), [])
    assert_same(source, target)
    with target.database.connect() as connection:
        assert connection.scalar(select(Server.display_name).where(Server.id == SLOW)) == "cellar"

    take_possession(target.database)
    for side in (source, target):
        side.engine.maintain(side.database, now_ms() + DAY_MS, Retention(), lambda: False)
    assert_same(source, target)
    with target.database.write() as session:  # numbers go on after those that came along
        session.add(Server(server_id="new", created_at_ms=1, updated_at_ms=1))
        session.flush()


@pytest.mark.parametrize("source_kind, target_kind", WAYS[:2], ids=["to postgresql", "to sqlite"])
def test_a_move_that_is_killed_again_and_again_goes_on(
    make_side: Callable[[str], Side], source_kind: str, target_kind: str
) -> None:
    source, target = make_side(source_kind), make_side(target_kind)
    live_in(source)
    crashes = 0
    while (moved := moved_unless_killed(source, target, writes=3 + 5 * crashes)) is None:
        crashes += 1
        with pytest.raises(StartupError, match="has not come to its end"):
            take_possession(target.database)
    assert crashes > 2
    assert moved.comparison.differences == []
    assert_same(source, target)


def moved_unless_killed(source: Side, target: Side, *, writes: int) -> Moved | None:
    """Move in a new process, which is killed when it has written to the target so often."""
    assert isinstance(target.database, MortalDatabase)
    target.database.left = writes
    try:
        return move(source, Side(target.database, type(target.engine)()), print)
    except Crash:
        return None
    finally:
        target.database.left = -1


def test_a_server_goes_on_beside_the_move(make_side: Callable[[str], Side]) -> None:
    """Another process takes heartbeats in, seals and rolls up while the installation is copied."""
    source, target = make_side("chunks on sqlite"), make_side("rows on sqlite")
    live_in(source)
    ended = threading.Event()
    told_meanwhile = []

    def serve() -> None:
        database = Database(str(source.database.url))
        server = Side(database, type(source.engine)())
        midnight = now_ms() // DAY_MS * DAY_MS
        for number in itertools.count(1):
            time_ms = midnight + 40_000_000 + number * 1_000
            beats = [replace(beat, time_ms=time_ms, sequence=None) for beat in told(FAST)[:1]]
            say(server, beats)
            told_meanwhile.extend(beats)
            if number % 50 == 0:
                server.engine.maintain(database, midnight + DAY_MS - 1, SHORT, ended.is_set)
            if ended.wait(0.01):
                break
        database.dispose()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        move(source, target, print)
    finally:
        ended.set()
        serving.join()
    last = move(source, Side(target.database, type(target.engine)()), print)
    assert len(told_meanwhile) > 1
    assert last.comparison.differences == []
    assert_same(source, target)
    raw = answers(target, FAMILIES[0], RAW)[FAST, ""]["time_ms"]
    assert {beat.time_ms for beat in told_meanwhile} <= set(raw)


def test_a_difference_is_named_and_the_target_not_served(make_side: Callable[[str], Side]) -> None:
    source, target = make_side("chunks on sqlite"), make_side("rows on sqlite")
    live_in(source)
    move(source, target, print)
    with target.database.connect(write=True) as connection:
        connection.exec_driver_sql(
            "UPDATE metrics_1hour SET cpu_percent_sum = 1 WHERE server_id = 7"
        )
    differences = move(source, target, print).comparison.differences
    assert differences
    assert all("host7, host '', hour" in each for each in differences)
    with pytest.raises(StartupError):
        take_possession(target.database)


def test_nothing_is_copied_over_an_installation(make_side: Callable[[str], Side]) -> None:
    source, target, other = (make_side("chunks on sqlite") for _ in range(3))
    live_in(source)
    live_in(other)
    with pytest.raises(StartupError, match="holds an installation"):
        move(source, other, print)
    with pytest.raises(StartupError, match="name another"):
        move(source, source, print)
    move(source, target, print)
    with pytest.raises(StartupError, match="is being moved"):
        move(other, target, print)
    take_possession(target.database)
    with pytest.raises(StartupError, match="holds an installation"):
        move(source, target, print)


def test_the_command_says_how_to_switch(
    make_side: Callable[[str], Side], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make_side("chunks on sqlite")
    live_in(source)
    url = f"sqlite:///{tmp_path / 'new' / 'home.sqlite3'}"
    flags = ["--database-url", str(source.database.url), "--data-dir", str(tmp_path)]
    assert main(["migrate-to", url, "--history", "rows", *flags]) == 0
    said = capsys.readouterr().out
    assert f"HOMELAB_CMD_DATABASE_URL={url}" in said
    assert "HOMELAB_CMD_HISTORY=rows" in said
    assert main(["migrate-to", "nonsense", *flags]) == 1
    assert "is no database's URL" in capsys.readouterr().err
