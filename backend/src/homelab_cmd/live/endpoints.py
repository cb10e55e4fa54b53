"""`/ws/live` for the page, `/ws/metrics/{name}` for dashboards."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, WebSocket

from homelab_cmd.clock import iso
from homelab_cmd.db.database import Database
from homelab_cmd.errors import ApiError
from homelab_cmd.live import stream
from homelab_cmd.live.hub import Event
from homelab_cmd.live.subscription import NOTHING, Subscription, parse_subscription
from homelab_cmd.metrics.names import Metric, metric_by_name
from homelab_cmd.servers.service import get_server

router = APIRouter(prefix="/ws")

MAX_MESSAGE_BYTES = 1 << 18


@router.websocket("/live")
async def live(websocket: WebSocket) -> None:
    """Rows of every accepted heartbeat of the servers and families that the reader asks for."""
    try:
        principal = await stream.authenticate(websocket)
    except ApiError as error:
        await stream.refuse(websocket, error)
        return
    subscription = NOTHING

    def hear(text: str) -> str:
        nonlocal subscription
        try:
            subscription = parse_subscription(text)
        except ApiError as error:
            return _encode({"type": "error", **error.body()["detail"]})
        return _encode({"type": "subscribed", **msgspec.to_builtins(subscription)})

    def encode(events: list[Event]) -> Iterable[str]:
        parts = [part for event in events if (part := _rows(event, subscription)) is not None]
        for some in _groups(parts):
            yield f'{{"type":"heartbeats","heartbeats":[{b",".join(some).decode()}]}}'

    def _rows(event: Event, subscription: Subscription) -> bytes | None:
        if not principal.may_see(event.server_id) or not subscription.covers(event.server_id):
            return None
        return event.encoded(subscription.families)

    await stream.run(websocket, principal, encode, hear)


def _groups(parts: list[bytes]) -> Iterable[list[bytes]]:
    """The parts in messages of a bounded size: many clients refuse those above a megabyte."""
    group: list[bytes] = []
    size = 0
    for part in parts:
        if group and size + len(part) > MAX_MESSAGE_BYTES:
            yield group
            group, size = [], 0
        group.append(part)
        size += len(part)
    if group:
        yield group


@router.websocket("/metrics/{metric_name}")
async def metric_stream(websocket: WebSocket, metric_name: str, host: str | None = None) -> None:
    """A message `{metric_name, host, time, value}` for each sample of one metric."""
    try:
        principal = await stream.authenticate(websocket)
        metric = metric_by_name(metric_name)
        key = metric.asked_key(websocket.query_params)
        if host is not None:
            await run_sync(_check_host, websocket.app.state.database, host)
    except ApiError as error:
        await stream.refuse(websocket, error)
        return

    def encode(events: list[Event]) -> Iterable[str]:
        for event in events:
            if host not in (None, event.server_id) or not principal.may_see(event.server_id):
                continue
            value = _value(metric, key, event)
            if value is not None:
                yield _encode(
                    {
                        "metric_name": metric_name,
                        "host": event.server_id,
                        "time": iso(event.heartbeat.time_ms),
                        "value": value,
                    }
                )

    await stream.run(websocket, principal, encode, hear=lambda _text: _NOTHING_TO_SAY)


_NOTHING_TO_SAY = '{"type":"error","code":"UNEXPECTED","message":"This stream takes no messages."}'


def _check_host(database: Database, host: str) -> None:
    with database.read() as session:
        get_server(session, host)


def _value(metric: Metric, key: str | None, event: Event) -> float | None:
    for row in event.heartbeat.rows.get(metric.family.name, ()):
        if metric.family.key is None or getattr(row, metric.family.key.name) == key:
            return metric.value(row)
    return None


def _encode(message: object) -> str:
    return msgspec.json.encode(message).decode()
