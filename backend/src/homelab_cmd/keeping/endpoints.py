"""The endpoints of settings: everybody sees them, admins change them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from homelab_cmd.auth import audit
from homelab_cmd.auth.dependencies import Admin, RequestClient, require_reader
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.db.sessions import AppDatabase
from homelab_cmd.history.tiers import TIERS
from homelab_cmd.housekeeping.bound import in_words, limited_tiers
from homelab_cmd.keeping import service
from homelab_cmd.keeping.limits import MAX_SIZE, Value, limits_of, setting_of
from homelab_cmd.keeping.schemas import SettingsAnswer, SettingsChange
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.metrics.own_history import HistorySizes
from homelab_cmd.openapi import errors
from homelab_cmd.storage.service import measure

router = APIRouter(prefix="/api/v1/settings", tags=["settings"])


async def get_keeping(request: Request) -> Keeping:
    """What the application keeps, and for how long."""
    keeping: Keeping = request.app.state.keeping
    return keeping


AppKeeping = Annotated[Keeping, Depends(get_keeping)]


@router.get(
    "",
    operation_id="get_settings",
    summary="What admins set, where it comes from, and what it costs",
    responses=errors(401),
    dependencies=[Depends(require_reader)],
)
def get_settings(request: Request, database: AppDatabase, keeping: AppKeeping) -> SettingsAnswer:
    """A setting from the environment goes before a saved one, and that before the default."""
    settings, engine = keeping.settings, request.app.state.history
    with database.connect() as connection:
        values = service.read_values(connection, settings)
        floors = dict(engine.floors(connection))
    limits = limits_of(
        {name: one.value for name, one in values.items()}, is_sqlite=settings.is_sqlite
    )
    sizes: HistorySizes = request.app.state.history_sizes
    storage = measure(
        database,
        engine,
        limits.retention,
        settings.data_dir,
        sizes=lambda connection: sizes.counted(connection).sizes,
    )
    costs = {cost.tier: cost for cost in storage.tiers}
    tiers = [
        _described(values[setting_of(tier)])
        | {
            "tier": tier.name,
            "kept_days": costs[tier.name].kept_days,
            "since": iso(floors[tier.name]) if floors.get(tier.name) else None,
            "size_bytes": costs[tier.name].size_bytes,
            "per_day_bytes": costs[tier.name].per_day_bytes,
            "steady_bytes": costs[tier.name].steady_bytes,
        }
        for tier in TIERS
    ]
    cut = limited_tiers(limits.retention, floors, now_ms()) if limits.max_bytes else {}
    return SettingsAnswer.model_validate(
        {
            "retention": tiers,
            "max_size": _described(values[MAX_SIZE], on_sqlite_alone=not settings.is_sqlite),
            "limited": in_words(cut),
            "database_bytes": storage.database_bytes,
            "disk_free_bytes": storage.disk_free_bytes,
            "growth_per_day_bytes": storage.growth_per_day_bytes,
            "disk_full_in_days": storage.disk_full_in_days,
        }
    )


@router.put(
    "",
    operation_id="update_settings",
    summary="Change how long history is kept, and how large it may become",
    responses=errors(401, 403, 409, 422),
)
def update_settings(
    body: SettingsChange,
    admin: Admin,
    request: Request,
    database: AppDatabase,
    keeping: AppKeeping,
    client: RequestClient,
) -> SettingsAnswer:
    """Every process knows it within a minute, and prunes by it from then on.

    What is pruned by a shorter retention does not come back by a longer one.
    """
    wanted = body.model_dump(exclude_unset=True)
    with database.write() as session:
        service.change(session, keeping.settings, wanted, actor=admin.label)
        for name, value in wanted.items():
            told = f"{name}={'default' if value is None else value}"
            audit.record(
                session, "settings.changed", actor=admin.label, subject=told, client=client
            )
    keeping.refresh()
    return get_settings(request, database, keeping)


def _described(one: Value, *, on_sqlite_alone: bool = False) -> dict[str, Any]:
    fixed = None
    if on_sqlite_alone:
        fixed = "It bounds a SQLite file; this database is PostgreSQL, so shorten the retention."
    elif one.source == "environment":
        fixed = f"{one.variable} sets it where the server is started."
    return {
        "name": one.name,
        "value": one.value,
        "default": one.default,
        "source": one.source,
        "variable": one.variable,
        "fixed": fixed,
        "changed_at": iso(one.saved.changed_at_ms) if one.saved else None,
        "changed_by": one.saved.changed_by if one.saved else None,
    }
