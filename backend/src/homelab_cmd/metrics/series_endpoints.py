"""The general query, and the catalogue of what can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from homelab_agent.contract import Family, Field
from pydantic import BaseModel
from pydantic import Field as SchemaField
from sqlalchemy import Connection

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.db.sessions import AppDatabase
from homelab_cmd.direct_route import DirectRoute
from homelab_cmd.errors import Unprocessable
from homelab_cmd.history.planner import Question
from homelab_cmd.metrics.catalogue import CATALOGUE, Catalogue, numeric_fields
from homelab_cmd.metrics.columnar import ColumnarResponse
from homelab_cmd.metrics.dependencies import AskedExtent, History, find_family
from homelab_cmd.metrics.series import Aggregate, SeriesQuestion, check_aggregate, read_series
from homelab_cmd.openapi import errors
from homelab_cmd.servers.service import server_key, server_names

router = APIRouter(
    prefix="/api/v1",
    tags=["history"],
    dependencies=[Depends(require_reader)],
    route_class=DirectRoute,
)


class SeriesColumns(BaseModel):
    """One series."""

    server_id: str
    key: str = SchemaField(examples=["/"], description="Empty where the family has no key.")
    timestamps: list[str]
    columns: dict[str, list[float | str | bool | None]] = SchemaField(
        description="By field; `<field>.min` and `<field>.max` beside the mean of a gauge."
    )


class SeriesAnswer(BaseModel):
    """Columns over time; null where nothing is known."""

    model_config = {"populate_by_name": True}

    start: str = SchemaField(alias="from")
    to: str
    step_seconds: float | None = SchemaField(
        description="The length of a window, from its timestamp on; null for samples as taken."
    )
    source: str = SchemaField(examples=["minute"], description="The coarsest tier that was read.")
    family: str
    fields: list[str]
    series: list[SeriesColumns] = SchemaField(description="By server and key.")


@dataclass(frozen=True)
class Columns:
    """The fields of a family, and what becomes of their samples."""

    family: Family
    fields: tuple[Field, ...]
    aggregate: Aggregate


async def asked_columns(
    family: Annotated[str, Query(max_length=64, examples=["filesystem"])],
    field: Annotated[
        list[str] | None, Query(max_length=100, description="All fields where left out.")
    ] = None,
    agg: Annotated[
        Aggregate,
        Query(description="As `avg` a counter is its rate, a state its share of the known time."),
    ] = Aggregate.AVG,
) -> Columns:
    """The columns that a request asks for. Raises NotFound, Unprocessable."""
    found = find_family(family)
    fields = _fields(found, field)
    check_aggregate(agg, fields)
    return Columns(found, fields, agg)


@router.get(
    "/series",
    operation_id="query_series",
    summary="Fields of the series of a family, as columns",
    response_model=SeriesAnswer,
    responses=errors(401, 404, 422),
)
def query_series(
    database: AppDatabase,
    engine: History,
    extent: AskedExtent,
    columns: Annotated[Columns, Depends(asked_columns)],
    server: Annotated[
        list[str] | None, Query(max_length=1_000, description="All servers where left out.")
    ] = None,
    key: Annotated[
        list[str] | None, Query(max_length=1_000, description="All series where left out.")
    ] = None,
) -> Response:
    """Every window of the range is there, with null where there was nothing.

    Where no more than `points` samples were taken in the range they come as they are, with a
    moment of nulls in every gap.
    """
    with database.connect() as connection:
        server_ids = _servers(connection, server)
        question = Question(
            tuple(server_ids),
            columns.family,
            key,
            columns.fields,
            extent.times.start_ms,
            extent.times.end_ms,
            extent.points,
        )
        asked = SeriesQuestion(question, columns.aggregate, server_ids)
        body = read_series(engine, connection, asked)
    return ColumnarResponse(body)


@router.get(
    "/catalogue",
    operation_id="get_catalogue",
    summary="Families, fields, kinds and units",
    responses=errors(401),
)
async def get_catalogue() -> Catalogue:
    """Read from the declarations that agents and server share."""
    return CATALOGUE


def _fields(family: Family, names: list[str] | None) -> tuple[Field, ...]:
    known = {field.name: field for field in numeric_fields(family)}
    for name in names or ():
        if name not in known:
            raise Unprocessable(
                f"field: {family.name} has no {name!r}, but {', '.join(known)}",
                path=["query", "field"],
            )
    return tuple(known[name] for name in dict.fromkeys(names or known))


def _servers(connection: Connection, names: list[str] | None) -> dict[int, str]:
    if names is None:
        return server_names(connection)
    return {server_key(connection, name): name for name in names}
