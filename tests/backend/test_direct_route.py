"""A direct route answers as FastAPI would: each endpoint is asked on both, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from homelab_cmd.app import ROUTERS
from homelab_cmd.auth.api_tokens import create_api_token
from homelab_cmd.auth.principals import COMMAND_LINE, Scope
from homelab_cmd.direct_route import DirectRoute
from homelab_cmd.error_handlers import add_error_handlers
from homelab_cmd.errors import NotFound
from homelab_cmd.servers.service import create_server
from homelab_cmd.settings import Settings

PLAIN = "/plain"
"""Below it every endpoint of a direct route is FastAPI's own."""

DIRECT = [
    route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, DirectRoute) and route.methods == {"GET"}
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, port=0)  # SQLite: no database makes a difference here


@pytest.fixture
def asked(app: FastAPI) -> Iterator[TestClient]:
    router = APIRouter(prefix=PLAIN, route_class=APIRoute)
    for route in DIRECT:
        router.add_api_route(
            route.path,
            route.endpoint,
            dependencies=route.dependencies,
            response_model=route.response_model,
            operation_id=f"plain_{route.operation_id}",
        )
    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def token(asked: TestClient) -> str:
    assert isinstance(asked.app, FastAPI)
    with asked.app.state.database.write() as session:
        create_server(session, "nas")
        _, secret = create_api_token(session, "x", Scope.READ, actor="x", client=COMMAND_LINE)
    return secret


VALUES: dict[str, list[list[str]] | list[str]] = {
    "family": ["host", "network_interface", "nothing", "", "x" * 65],
    "field": [["cpu_percent"], ["rx_bytes", "rx_bytes"], [""], ["\ud800"], []],
    "period": ["1h", "1 hour", "h" * 12, "99y"],
    "points": ["100", "9", "5001", "many", "1e2", "", " 12 "],
    "agg": ["avg", "rate", "median"],
    "from": ["2026-11-21T07:00:00Z", "2026-11-21", "0", "x" * 41],
    "server": [["nas"], ["nas", "nas"], ["nobody"], []],
}


def queries() -> Iterator[list[tuple[str, str]]]:
    """Every value beside a good rest, every pair of two names' worst, and what nobody asks."""
    good = {"family": ["host"], "from": ["0"], "to": ["600"]}
    for name, values in VALUES.items():
        for value in ([], *values):
            chosen = good | {name: value if isinstance(value, list) else [value]}
            yield [(key, each) for key, found in chosen.items() for each in found]
    for first, second in product(("family", "points", "period"), ("agg", "from", "server")):
        for bad in ("\x00", "99999999999999999999", "%", "nan"):
            yield [("family", "host"), (first, bad), (second, bad)]
    fixed = [("from", "0"), ("to", "600")]
    yield [("unknown", "1"), ("family", "host"), ("family", "filesystem"), *fixed]
    yield []


def test_series_are_answered_and_refused_alike(asked: TestClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    statuses = set()
    for query in queries():
        path = f"/api/v1/series?{urlencode(query, errors='surrogatepass')}"
        direct = asked.get(path, headers=headers)
        plain = asked.get(PLAIN + path, headers=headers)
        assert direct.status_code == plain.status_code, query
        assert direct.content == plain.content, query
        assert direct.headers.raw == plain.headers.raw, query
        statuses.add(direct.status_code)
    assert statuses == {200, 404, 422}


def test_every_endpoint_answers_alike_with_and_without_what_it_needs(
    asked: TestClient, token: str
) -> None:
    good, bad = f"Bearer {token}", "Bearer hlc_nothing"
    for route, authorization, query in product(
        DIRECT, (good, bad, "Basic x", ""), ("", "limit=0&points=x")
    ):
        path = route.path.format(server_id="nobody", metric_name="cpu_percent")
        headers = {"Authorization": authorization} if authorization else {}
        direct = asked.get(f"{path}?{query}", headers=headers)
        plain = asked.get(f"{PLAIN}{path}?{query}", headers=headers)
        assert (direct.status_code, direct.content) == (plain.status_code, plain.content)
        assert direct.status_code < 500
        assert (direct.status_code == 401) is (authorization != good)


CALLED: list[str] = []


def opened() -> Iterator[str]:
    CALLED.append("opened")
    try:
        yield "value"
    finally:
        CALLED.append("closed")


async def between(value: Annotated[str, Depends(opened)]) -> str:
    return value.upper()


def endpoint(
    value: Annotated[str, Depends(opened)],
    upper: Annotated[str, Depends(between)],
    request: Request,
    number: Annotated[int, Query(ge=1)] = 7,
) -> Response:
    CALLED.append("answered")
    if number == 404:
        raise NotFound(value)
    return Response(f"{value} {upper} {number} {request.url.path}")


@pytest.mark.parametrize(
    "query,status,called",
    [
        ("", 200, ["opened", "answered", "closed"]),
        ("number=8", 200, ["opened", "answered", "closed"]),
        ("number=404", 404, ["opened", "answered", "closed"]),
    ],
)
def test_a_dependency_is_called_once_and_closed_however_it_ends(
    query: str, status: int, called: list[str]
) -> None:
    app = FastAPI()
    add_error_handlers(app)
    app.router.routes.append(DirectRoute("/x", endpoint))
    CALLED.clear()
    answer = TestClient(app).get(f"/x?{query}")
    assert answer.status_code == status
    assert status != 200 or answer.text == f"value VALUE {query[7:] or 7} /x"
    assert called == CALLED


def test_what_only_fastapi_resolves_is_refused_at_start() -> None:
    def with_header(_name: Annotated[str, Header()]) -> Response:
        return Response()

    with pytest.raises(TypeError, match="neither of the query nor of the path"):
        DirectRoute("/x", with_header)


def test_what_returns_no_response_is_left_to_fastapi() -> None:
    def with_header(_name: Annotated[str, Header()]) -> list[str]:
        return []

    DirectRoute("/x", with_header)  # no error: FastAPI knows headers
