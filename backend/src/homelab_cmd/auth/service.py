"""Logging in: the first admin, passwords, sessions, WebSocket tickets, and who a credential is.

These methods own their transactions. A password check takes tens of milliseconds and must not hold
the write lock meanwhile, and a failed one must leave its count behind though the answer is an
error.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from homelab_cmd.auth import audit, limits, one_time, repository, second_factor, users
from homelab_cmd.auth.api_tokens import principal_of
from homelab_cmd.auth.keyring import Claims, Keyring
from homelab_cmd.auth.models import ApiToken, User, UserSession
from homelab_cmd.auth.one_time import Purpose
from homelab_cmd.auth.passwords import hash_password, verify_password
from homelab_cmd.auth.principals import Client, Principal, Role
from homelab_cmd.auth.tokens import API_TOKEN_PREFIX, digest
from homelab_cmd.clock import DAY_MS, SECOND_MS, now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.errors import Conflict, Forbidden, TooManyRequests, Unauthorized

SETUP_LIFETIME_MS = DAY_MS
TICKET_LIFETIME_MS = 30 * SECOND_MS
SESSION_LIFETIME_MS = 14 * DAY_MS


@dataclass(frozen=True, slots=True)
class Login:
    """A session that has just begun, and the JWT that stands for it."""

    access_token: str
    expires_in_seconds: int
    principal: Principal


@dataclass(frozen=True, slots=True)
class CheckedPassword:
    """A password that was right for a stored hash; the hash may have changed since."""

    user_id: int
    stored_hash: str
    renewed_hash: str | None

    def settle(self, session: Session, client: Client) -> User:
        """The user as they are now. Raises Unauthorized where deleted or changed meanwhile."""
        user = session.get(User, self.user_id)
        if user is None or user.password_hash != self.stored_hash:
            raise Unauthorized("The user name or the password is wrong.", code="BAD_LOGIN")
        if self.renewed_hash is not None:
            user.password_hash = self.renewed_hash
        limits.give_back(session, account=user.name, address=client.address)
        return user


class AuthService:
    """What proves who somebody is, on one database."""

    def __init__(self, database: Database, *, session_ms: int = SESSION_LIFETIME_MS) -> None:
        self._database = database
        self._session_ms = session_ms
        self._keyring = Keyring(database, session_ms=session_ms)

    # ---- the first admin

    def setup_needed(self) -> bool:
        """Whether nobody can log in yet."""
        with self._database.read() as session:
            return repository.count_users(session) == 0

    def issue_setup_token(self) -> str | None:
        """The secret of a fresh set-up link, which voids older ones; None once there is a user."""
        with self._database.write() as session:
            if repository.count_users(session) > 0:
                return None
            one_time.withdraw(session, Purpose.SETUP)
            return one_time.issue(session, Purpose.SETUP, lifetime_ms=SETUP_LIFETIME_MS)

    def set_up(self, setup_token: str, name: str, password: str, client: Client) -> Login:
        """Make the first admin and log them in. Raises Conflict, Forbidden, Unprocessable."""
        if not self.setup_needed():
            raise _already_set_up()
        password_hash = hash_password(password)
        with self._database.write() as session:
            if repository.count_users(session) > 0:
                raise _already_set_up()
            if one_time.claim(session, Purpose.SETUP, setup_token) is None:
                raise Forbidden(
                    "This set-up link is not valid (any more); the server prints a new one when "
                    "it starts.",
                    code="BAD_SETUP_TOKEN",
                )
            user = users.create_user(
                session, name, Role.ADMIN, password_hash, actor="setup link", client=client
            )
            return self.begin(session, user, client)

    # ---- sessions

    def log_in(self, name: str, password: str, client: Client, code: str = "") -> Login:
        """Begin a session; `code` is of the second factor, where the person has one.

        Raises Unauthorized (`CODE_NEEDED` where the password was right), TooManyRequests.
        """
        checked = self._check_password(users.normal_name(name) or "", password, client)
        self._check_second_factor(checked.user_id, users.normal_name(name) or "", code, client)
        with self._database.write() as session:
            user = checked.settle(session, client)
            return self.begin(session, user, client)

    def log_out(self, principal: Principal, client: Client) -> None:
        """End the session that the principal came with."""
        with self._database.write() as session:
            if principal.session_id is not None:
                repository.end_session(session, principal.session_id, principal.id)
                audit.record(session, "logout", actor=principal.label, client=client)

    def change_password(self, principal: Principal, current: str, new: str, client: Client) -> None:
        """Change one's own password; all other sessions end.

        Raises Forbidden where the current one is wrong, TooManyRequests, Unprocessable.
        """
        checked = self.check_own_password(principal, current, client)
        new_hash = hash_password(new)
        with self._database.write() as session:
            users.set_password(
                session,
                checked.settle(session, client),
                new_hash,
                keep_session=principal.session_id,
                actor=principal.label,
                client=client,
            )

    def check_own_password(
        self, principal: Principal, password: str, client: Client
    ) -> CheckedPassword:
        """Proof that it is still the person who asks. Raises Forbidden, TooManyRequests."""
        try:
            return self._check_password(principal.name, password, client)
        except Unauthorized:
            # The session is good: a 401 would tell the page to log in again.
            raise Forbidden("The current password is wrong.", code="WRONG_PASSWORD") from None

    def sessions_of(self, principal: Principal) -> list[UserSession]:
        """A person's sessions, newest first."""
        with self._database.read() as session:
            return repository.live_sessions(session, principal.id, now_ms())

    def end_session(self, principal: Principal, session_id: int, client: Client) -> bool:
        """End one of one's own sessions; whether there was such a one."""
        with self._database.write() as session:
            ended = repository.end_session(session, session_id, principal.id)
            if ended:
                audit.record(session, "logout", actor=principal.label, client=client)
            return ended

    def begin(self, session: Session, user: User, client: Client) -> Login:
        """A session of somebody who proved who they are; within the caller's transaction."""
        now = now_ms()
        repository.forget_expired_sessions(session, now)
        begun = UserSession(
            jti=secrets.token_hex(16),
            user_id=user.id,
            created_at_ms=now,
            expires_at_ms=now + self._session_ms,
            address=client.address[:64],
            user_agent=client.user_agent[:255],
        )
        session.add(begun)
        session.flush()
        principal = _as_principal(user, begun)
        audit.record(session, "login", actor=principal.label, client=client)
        token = self._keyring.sign(session, Claims(user.id, begun.jti), issued_at_ms=now)
        return Login(token, self._session_ms // SECOND_MS, principal)

    # ---- who is it

    def identify(self, credential: str) -> Principal | None:
        """Who shows this JWT or API token; None where it is not valid (any more)."""
        if credential.startswith(API_TOKEN_PREFIX):
            with self._database.connect() as connection:
                return repository.script_of_token(connection, digest(credential), now_ms())
        claims = self._keyring.verify(credential)
        if claims is None:
            return None
        with self._database.connect() as connection:
            principal = repository.person_of_session(connection, claims.jti, now_ms())
        return principal if principal is not None and principal.id == claims.user_id else None

    def issue_ticket(self, principal: Principal) -> str:
        """A ticket that opens one WebSocket as this principal, for 30 seconds."""
        with self._database.write() as session:
            subject = f"api_token:{principal.id}"
            if principal.session_id is not None:
                subject = f"session:{principal.session_id}"
            return one_time.issue(
                session, Purpose.TICKET, lifetime_ms=TICKET_LIFETIME_MS, subject=subject
            )

    def redeem_ticket(self, ticket: str) -> Principal | None:
        """Who the ticket was given to, once; None where it is used, expired or unknown."""
        with self._database.write() as session:
            subject = one_time.claim(session, Purpose.TICKET, ticket)
            if subject is None:
                return None
            kind, _, key = subject.partition(":")
            return _still(session, kind, int(key))

    @staticmethod
    def person_of_session(session: Session, session_id: int) -> Principal | None:
        """Whose session this is, where it goes on."""
        return _still(session, "session", session_id)

    def still_valid(self, principal: Principal) -> bool:
        """Whether the credential behind an open socket still has the rights it had."""
        with self._database.read() as session:
            if principal.session_id is not None:
                return _still(session, "session", principal.session_id) == principal
            return _still(session, "api_token", principal.id) == principal

    # ---- inner

    def _check_password(self, name: str, password: str, client: Client) -> CheckedPassword:
        """Whose password this is. Counts the check before it is made."""
        with self._database.write() as session:
            wait_seconds = limits.take(
                session, account=name, address=client.address, now_ms=now_ms()
            )
        if wait_seconds is not None:
            raise TooManyRequests(
                f"Too many attempts to log in; try again in {wait_seconds} seconds.",
                retry_after_seconds=wait_seconds,
            )
        with self._database.read() as session:
            user = repository.user_by_name(session, name)
        right, renewed_hash = verify_password(password, user.password_hash if user else None)
        if user is None or not right:
            with self._database.write() as session:
                audit.record(session, "login.failed", actor="nobody", subject=name, client=client)
            raise Unauthorized("The user name or the password is wrong.", code="BAD_LOGIN")
        return CheckedPassword(user.id, user.password_hash, renewed_hash)

    def _check_second_factor(self, user_id: int, name: str, code: str, client: Client) -> None:
        with self._database.write() as session:
            if second_factor.is_right(session, user_id, code):
                return
            if code:
                audit.record(session, "login.code", actor="nobody", subject=name, client=client)
            else:
                limits.uncount(session, account=name, address=client.address)
        if code:
            raise Unauthorized("The code is wrong, or was used before.", code="BAD_CODE")
        raise Unauthorized(
            "Send the code of the authenticator as well (`code`).", code="CODE_NEEDED"
        )


def _already_set_up() -> Conflict:
    return Conflict("This server has its first user already: log in.", code="ALREADY_SET_UP")


def _still(session: Session, kind: str, key: int) -> Principal | None:
    """The principal of a session's or a token's row, as it stands now."""
    if kind == "api_token":
        token = session.get(ApiToken, key)
        return None if token is None else principal_of(token)
    row = session.get(UserSession, key)
    if row is None or row.expires_at_ms <= now_ms():
        return None
    user = session.get(User, row.user_id)
    return None if user is None else _as_principal(user, row)


def _as_principal(user: User, row: UserSession) -> Principal:
    return Principal(
        kind="user",
        id=user.id,
        name=user.name,
        scope=Role(user.role).scope,
        session_id=row.id,
    )
