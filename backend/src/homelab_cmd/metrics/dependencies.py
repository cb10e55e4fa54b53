"""What the endpoints of history ask for.

Those that touch no database are coroutines: FastAPI sends plain functions through its thread pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from homelab_agent.contract import Family

from homelab_cmd.db.database import Database
from homelab_cmd.durations import FromMoment, TimeRange, ToMoment, time_range
from homelab_cmd.errors import NotFound
from homelab_cmd.families import family_by_name
from homelab_cmd.hiding.shown import ShownSnapshots
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.servers.snapshots import Snapshots

MIN_POINTS = 10
MAX_POINTS = 5_000
DEFAULT_POINTS = 500


async def get_history(request: Request) -> HistoryEngine:
    """The application's history engine."""
    engine: HistoryEngine = request.app.state.history
    return engine


@dataclass(frozen=True)
class Sources:
    """Where answers come from: the history in its database, and what was last reported."""

    database: Database
    engine: HistoryEngine
    snapshots: Snapshots

    @property
    def shown(self) -> ShownSnapshots:
        """What was last reported, as people see it."""
        return ShownSnapshots(self.snapshots)


async def get_sources(request: Request) -> Sources:
    """The application's sources."""
    state = request.app.state
    return Sources(state.database, state.history, state.snapshots)


AskedSources = Annotated[Sources, Depends(get_sources)]
History = Annotated[HistoryEngine, Depends(get_history)]
ServerId = Annotated[str, Path(min_length=1, max_length=100, examples=["nas"])]
Points = Annotated[
    int,
    Query(ge=MIN_POINTS, le=MAX_POINTS, description="The most points that a series may have."),
]
Period = Annotated[
    str,
    Query(
        max_length=11,
        description="A number and one of s m h d w y, `m` being minutes; `from` and `to` win.",
        examples=["1h", "24h", "7d"],
    ),
]


@dataclass(frozen=True)
class Extent:
    """A range of time, and the most points that a series of it may have."""

    times: TimeRange
    points: int


async def asked_extent(
    period: Period = "1h",
    start: FromMoment = None,
    end: ToMoment = None,
    points: Points = DEFAULT_POINTS,
) -> Extent:
    """The extent that a request asks for. Raises Unprocessable."""
    return Extent(time_range(period, start, end), points)


AskedExtent = Annotated[Extent, Depends(asked_extent)]


def find_family(name: str) -> Family:
    """The family of that name. Raises NotFound."""
    try:
        return family_by_name(name)
    except KeyError:
        raise NotFound(f"There is no family {name!r}; /api/v1/catalogue lists them.") from None
