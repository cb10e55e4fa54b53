"""What housekeeping did, and how far back the history goes."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from homelab_cmd.auth.dependencies import require_reader
from homelab_cmd.backup.schedule import BackupSchedule
from homelab_cmd.clock import DAY_MS, iso, now_ms
from homelab_cmd.db.sessions import ReadSession
from homelab_cmd.db.size import size_of
from homelab_cmd.history.tiers import TIERS, Retention
from homelab_cmd.housekeeping.bound import in_words, limited_tiers
from homelab_cmd.housekeeping.scheduler import Scheduler
from homelab_cmd.openapi import errors

router = APIRouter(prefix="/api/v1/system", tags=["system"])


class KeptTier(BaseModel):
    """How far back a tier goes."""

    tier: str = Field(examples=["raw"])
    kept_days: float | None = Field(description="As it is set; null is for ever.")
    since: str | None = Field(description="What is older is pruned; null where nothing was.")
    limited: bool = Field(description="`max_size` cut it shorter than it is set.")


class Backups(BaseModel):
    """What the schedule of backups came to."""

    folder: str
    every_seconds: int
    keep: int
    last_at: str | None = Field(description="When the newest backup in the folder began.")
    last_bytes: int | None
    problem: str | None = Field(description="Why the last attempt failed.")


class HousekeepingAnswer(BaseModel):
    """The state of what is done regularly."""

    database_bytes: int
    free_bytes: int = Field(description="Of those, what holds nothing and is used next.")
    max_size_bytes: int | None = Field(description="Null where there is no bound.")
    tiers: list[KeptTier]
    limited: str | None = Field(
        description="What the bound means, in one sentence.",
        examples=["Because of max_size samples go back to 2026-11-02; …"],
    )
    last_done_at: str | None = Field(description="When a round came to its end.")
    backups: Backups | None = Field(description="Null where none are scheduled.")
    problems: list[str] = Field(description="Of the last round, in sentences.")


@router.get(
    "/housekeeping",
    operation_id="get_housekeeping",
    summary="What housekeeping did, and how far back the history goes",
    responses=errors(401),
    dependencies=[Depends(require_reader)],
)
def get_housekeeping(request: Request, session: ReadSession) -> HousekeepingAnswer:
    """With the size of the database and its bound."""
    scheduler, limits = request.app.state.scheduler, request.app.state.keeping.limits
    size = size_of(session.connection())
    retention = limits.retention
    floors = request.app.state.history.floors(session.connection())
    limited = limited_tiers(retention, floors, now_ms())
    return HousekeepingAnswer(
        database_bytes=size.total_bytes,
        free_bytes=size.free_bytes,
        max_size_bytes=limits.max_bytes,
        tiers=[
            KeptTier(
                tier=tier.name,
                kept_days=_days(retention, tier.name),
                since=iso(floors[tier.name]) if floors.get(tier.name) else None,
                limited=tier in limited,
            )
            for tier in TIERS
        ],
        limited=in_words(limited),
        last_done_at=_last_done(scheduler),
        backups=None if scheduler.backups is None else _backups(scheduler.backups),
        problems=scheduler.problems,
    )


def _days(retention: Retention, tier: str) -> float | None:
    span_ms = retention.spans[tier]
    return None if span_ms is None else span_ms / DAY_MS


def _last_done(scheduler: Scheduler) -> str | None:
    return None if scheduler.last_done_ms is None else iso(scheduler.last_done_ms)


def _backups(schedule: BackupSchedule) -> Backups:
    plan = schedule.plan
    newest, newest_ms = plan.newest(), plan.newest_ms()
    return Backups(
        folder=str(plan.folder),
        every_seconds=plan.every_ms // 1_000,
        keep=plan.keep,
        last_at=None if newest_ms is None else iso(newest_ms),
        last_bytes=None if newest is None else newest.stat().st_size,
        problem=schedule.problem,
    )
