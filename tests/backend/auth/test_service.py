from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from homelab_cmd.auth import api_tokens, repository, users
from homelab_cmd.auth.models import AuditEntry, OneTimeSecret, UserSession
from homelab_cmd.auth.passwords import hash_password
from homelab_cmd.auth.principals import COMMAND_LINE, Client, Principal, Role, Scope
from homelab_cmd.auth.service import AuthService
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import ApiError, Conflict, Forbidden, TooManyRequests, Unauthorized
from sqlalchemy import select

PASSWORD = "correct horse battery staple"
ANNAS_LAPTOP = Client(address="192.168.1.20", user_agent="Firefox")


def make_user(database: Database, name: str, role: Role = Role.VIEWER) -> None:
    hashed = hash_password(PASSWORD)
    with database.write() as session:
        users.create_user(session, name, role, hashed, actor="test", client=COMMAND_LINE)


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_the_setup_link_makes_the_first_admin_once(auth: AuthService, database: Database) -> None:
    assert auth.setup_needed()
    stale = auth.issue_setup_token()
    token = auth.issue_setup_token()
    assert stale
    assert token

    with pytest.raises(Forbidden):
        auth.set_up(stale, "anna", PASSWORD, ANNAS_LAPTOP)
    login = auth.set_up(token, " Anna ", PASSWORD, ANNAS_LAPTOP)

    assert login.principal.name == "anna"
    assert login.principal.scope is Scope.ADMIN
    assert auth.identify(login.access_token) == login.principal
    assert not auth.setup_needed()
    assert auth.issue_setup_token() is None
    with pytest.raises(Conflict):
        auth.set_up(token, "eve", PASSWORD, ANNAS_LAPTOP)
    assert actions(database) == ["user.created", "login"]


def test_a_bad_name_leaves_the_setup_link_good(auth: AuthService) -> None:
    token = auth.issue_setup_token()
    assert token
    with pytest.raises(ApiError, match="user name"):
        auth.set_up(token, "an na", PASSWORD, ANNAS_LAPTOP)
    assert auth.set_up(token, "anna", PASSWORD, ANNAS_LAPTOP).access_token


def test_secrets_are_not_stored(auth: AuthService, database: Database) -> None:
    token = auth.issue_setup_token()
    assert token
    with database.read() as session:
        row = session.scalars(select(OneTimeSecret)).one()
    assert token.encode() not in row.digest
    assert len(row.digest) == 32


def test_of_parallel_claims_of_the_setup_link_one_wins(auth: AuthService) -> None:
    token = auth.issue_setup_token()
    assert token

    def claim(number: int) -> bool:
        try:
            auth.set_up(token, f"admin{number}", PASSWORD, ANNAS_LAPTOP)
        except (Forbidden, Conflict):
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(claim, range(20))) == 1


def test_a_session_ends_at_logout(auth: AuthService, database: Database) -> None:
    make_user(database, "anna")
    login = auth.log_in("Anna", PASSWORD, ANNAS_LAPTOP)
    other = auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)
    assert auth.still_valid(login.principal)

    auth.log_out(login.principal, ANNAS_LAPTOP)

    assert auth.identify(login.access_token) is None
    assert not auth.still_valid(login.principal)
    assert auth.identify(other.access_token) == other.principal


def test_a_session_expires(auth: AuthService, database: Database) -> None:
    make_user(database, "anna")
    login = auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)
    with database.write() as session:
        row = session.scalars(select(UserSession)).one()
        row.expires_at_ms = now_ms()
    assert auth.identify(login.access_token) is None
    assert not auth.still_valid(login.principal)


def test_a_password_change_ends_the_other_sessions(auth: AuthService, database: Database) -> None:
    make_user(database, "anna")
    here = auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)
    elsewhere = auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)

    with pytest.raises(Forbidden):
        auth.change_password(here.principal, "wrong", "another password", ANNAS_LAPTOP)
    auth.change_password(here.principal, PASSWORD, "another password", ANNAS_LAPTOP)

    assert auth.identify(here.access_token) == here.principal
    assert auth.identify(elsewhere.access_token) is None
    with pytest.raises(Unauthorized):
        auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)
    assert auth.log_in("anna", "another password", ANNAS_LAPTOP).access_token


def test_a_changed_role_holds_at_once(auth: AuthService, database: Database) -> None:
    make_user(database, "anna", Role.ADMIN)
    make_user(database, "ben", Role.ADMIN)
    login = auth.log_in("ben", PASSWORD, ANNAS_LAPTOP)
    with database.write() as session:
        users.set_role(session, "ben", Role.VIEWER, actor="user:anna", client=ANNAS_LAPTOP)
    found = auth.identify(login.access_token)
    assert found is not None
    assert found.scope is Scope.READ
    assert not auth.still_valid(login.principal)


def test_the_last_admin_stays(database: Database) -> None:
    make_user(database, "anna", Role.ADMIN)
    make_user(database, "ben")
    with database.write() as session, pytest.raises(Conflict):
        users.delete_user(session, "anna", actor="test", client=COMMAND_LINE)
    with database.write() as session, pytest.raises(Conflict):
        users.set_role(session, "anna", Role.VIEWER, actor="test", client=COMMAND_LINE)


def test_deleting_a_person_ends_their_sessions(auth: AuthService, database: Database) -> None:
    make_user(database, "ben")
    login = auth.log_in("ben", PASSWORD, ANNAS_LAPTOP)
    with database.write() as session:
        users.delete_user(session, "ben", actor="test", client=COMMAND_LINE)
    assert auth.identify(login.access_token) is None


def test_of_a_hundred_parallel_guesses_ten_are_checked(
    auth: AuthService, database: Database
) -> None:
    make_user(database, "anna")

    def guess(number: int) -> type[ApiError]:
        try:
            auth.log_in("anna", f"guess {number}", Client(address=f"10.0.{number}.1"))
        except ApiError as error:
            return type(error)
        raise AssertionError

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(guess, range(100)))
    assert outcomes.count(Unauthorized) == 10
    assert outcomes.count(TooManyRequests) == 90
    with pytest.raises(TooManyRequests) as refused:
        auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)
    assert 0 < int(refused.value.headers["Retry-After"]) <= 15 * 60


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"] * 12, [f"2001:db8::{n}" for n in range(12)], ["::ffff:10.0.0.1"] * 12],
)
def test_one_address_may_not_try_many_accounts(auth: AuthService, addresses: list[str]) -> None:
    outcomes = []
    for number, address in enumerate(addresses):
        with pytest.raises(ApiError) as refused:
            auth.log_in(f"user{number}", "guess", Client(address=address))
        outcomes.append(type(refused.value))
    assert outcomes == [Unauthorized] * 10 + [TooManyRequests] * 2


def test_logging_in_does_not_wipe_the_guesses_of_an_address(
    auth: AuthService, database: Database
) -> None:
    make_user(database, "eve")
    outcomes = []
    for number in range(12):
        auth_error: type[ApiError] | None = None
        try:
            auth.log_in("eve", PASSWORD, ANNAS_LAPTOP)
            auth.log_in(f"user{number}", "guess", ANNAS_LAPTOP)
        except ApiError as error:
            auth_error = type(error)
        outcomes.append(auth_error)
    assert outcomes.count(Unauthorized) == 10
    assert outcomes[-1] is TooManyRequests


def test_a_right_password_gives_the_account_its_checks_back(
    auth: AuthService, database: Database
) -> None:
    make_user(database, "anna")
    for _ in range(3):
        for number in range(3):
            with pytest.raises(Unauthorized):
                auth.log_in("anna", "guess", Client(address=f"10.0.0.{number}"))
        assert auth.log_in("anna", PASSWORD, ANNAS_LAPTOP).access_token


def test_a_ticket_is_good_once_and_for_its_session(auth: AuthService, database: Database) -> None:
    make_user(database, "anna")
    login = auth.log_in("anna", PASSWORD, ANNAS_LAPTOP)
    ticket = auth.issue_ticket(login.principal)
    with ThreadPoolExecutor(8) as pool:
        redeemed = list(pool.map(lambda _: auth.redeem_ticket(ticket), range(8)))
    assert [found for found in redeemed if found] == [login.principal]

    late = auth.issue_ticket(login.principal)
    auth.log_out(login.principal, ANNAS_LAPTOP)
    assert auth.redeem_ticket(late) is None


def test_a_setup_token_is_no_ticket(auth: AuthService) -> None:
    token = auth.issue_setup_token()
    assert token
    assert auth.redeem_ticket(token) is None


def test_api_tokens_carry_their_scope_until_revoked(auth: AuthService, database: Database) -> None:
    with database.write() as session:
        token, secret = api_tokens.create_api_token(
            session, "grafana", Scope.READ, actor="user:anna", client=COMMAND_LINE
        )
        expired = api_tokens.create_api_token(
            session, "old", Scope.ADMIN, lifetime_ms=0, actor="user:anna", client=COMMAND_LINE
        )[1]
    principal = auth.identify(secret)
    assert principal == Principal("api_token", token.id, "grafana", Scope.READ)
    assert auth.identify(expired) is None
    assert auth.identify(secret + "x") is None

    ticket = auth.issue_ticket(principal)
    assert auth.redeem_ticket(ticket) == principal
    with database.write() as session:
        api_tokens.revoke_api_token_named(
            session, "grafana", actor="user:anna", client=COMMAND_LINE
        )
    assert auth.identify(secret) is None
    assert not auth.still_valid(principal)


@pytest.mark.parametrize(
    "scope, needed, enough",
    [
        (Scope.READ, Scope.READ, True),
        (Scope.READ, Scope.WRITE, False),
        (Scope.WRITE, Scope.READ, True),
        (Scope.WRITE, Scope.ADMIN, False),
        (Scope.ADMIN, Scope.WRITE, True),
    ],
)
def test_scopes_include_the_smaller_ones(scope: Scope, needed: Scope, *, enough: bool) -> None:
    assert scope.includes(needed) is enough


def test_the_audit_log_keeps_the_newest(
    database: Database, auth: AuthService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab_cmd.auth.audit.MAX_ENTRIES", 3)
    for number in range(5):
        with pytest.raises(Unauthorized):
            auth.log_in(f"user{number}", "guess", ANNAS_LAPTOP)
    with database.read() as session:
        kept, total = repository.audit_entries(session, limit=10, offset=0)
    assert total == 3
    assert [entry.subject for entry in kept] == ["user4", "user3", "user2"]
