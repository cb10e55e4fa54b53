"""The endpoints of the second factor: one's own, and an admin's way out for a lost phone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from homelab_cmd.auth import audit, second_factor, users
from homelab_cmd.auth.dependencies import Admin, Auth, Person, RequestClient
from homelab_cmd.auth.schemas import (
    RecoveryCodes,
    SecondFactorEnd,
    SecondFactorProposal,
    SecondFactorStart,
    SecondFactorState,
)
from homelab_cmd.db.sessions import AppDatabase, ReadSession, WriteSession
from homelab_cmd.openapi import errors

router = APIRouter(prefix="/api/v1", tags=["auth"])


@router.get(
    "/auth/second-factor",
    operation_id="get_second_factor",
    summary="Whether one's logins need a code",
    responses=errors(401, 403),
)
def get_second_factor(principal: Person, session: ReadSession) -> SecondFactorState:
    """TOTP with 30 s steps, as authenticator apps have it."""
    return SecondFactorState(
        on=second_factor.is_on(session, principal.id),
        recovery_codes_left=second_factor.recovery_codes_left(session, principal.id),
    )


@router.post(
    "/auth/second-factor/proposal",
    operation_id="propose_second_factor",
    summary="A fresh secret for an authenticator",
    status_code=201,
    responses=errors(401, 403),
)
def propose_second_factor(principal: Person) -> SecondFactorProposal:
    """Nothing is kept: it counts from the moment it is sent back with a code of it."""
    return SecondFactorProposal.model_validate(second_factor.propose(principal.name))


@router.put(
    "/auth/second-factor",
    operation_id="turn_on_second_factor",
    summary="Ask for a code at each login from now on",
    responses=errors(401, 403, 409, 422, 429),
)
def turn_on_second_factor(
    body: SecondFactorStart,
    principal: Person,
    auth: Auth,
    database: AppDatabase,
    client: RequestClient,
) -> RecoveryCodes:
    """Write the recovery codes down: they are shown this once."""
    checked = auth.check_own_password(principal, body.current_password, client)
    with database.write() as session:
        user = checked.settle(session, client)
        codes = second_factor.turn_on(session, user, body.secret, body.code)
        audit.record(session, "second_factor.on", actor=principal.label, client=client)
    return RecoveryCodes(recovery_codes=codes)


@router.post(
    "/auth/second-factor/off",
    operation_id="turn_off_second_factor",
    summary="Ask for no code any more",
    status_code=204,
    responses=errors(401, 403, 422, 429),
)
def turn_off_second_factor(
    body: SecondFactorEnd,
    principal: Person,
    auth: Auth,
    database: AppDatabase,
    client: RequestClient,
) -> None:
    """The secret and the recovery codes are forgotten."""
    checked = auth.check_own_password(principal, body.current_password, client)
    with database.write() as session:
        user = checked.settle(session, client)
        if second_factor.turn_off(session, user.id):
            audit.record(session, "second_factor.off", actor=principal.label, client=client)


@router.delete(
    "/users/{username}/second-factor",
    operation_id="delete_second_factor",
    summary="Let a person who lost their phone in without a code",
    status_code=204,
    responses=errors(401, 403, 404, 422),
    tags=["accounts"],
)
def delete_second_factor(
    username: Annotated[str, Path(min_length=1, max_length=64, examples=["anna"])],
    admin: Admin,
    session: WriteSession,
    client: RequestClient,
) -> None:
    """The password alone is asked for until the person turns it on again."""
    users.forget_second_factor(session, username, actor=admin.label, client=client)
