"""JWTs of people's sessions: HS256 and nothing else, with keys that are replaced by themselves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import jwt
from sqlalchemy.orm import Session

from homelab_cmd.auth import repository
from homelab_cmd.auth.models import SigningKey
from homelab_cmd.auth.tokens import MAX_SECRET_CHARACTERS
from homelab_cmd.clock import DAY_MS, now_ms
from homelab_cmd.db.database import Database

ALGORITHM = "HS256"
ISSUER = "homelab-cmd"
AUDIENCE = "homelab-cmd-people"
ROTATE_AFTER_MS = 30 * DAY_MS
_REQUIRED_CLAIMS = ["iss", "aud", "sub", "jti", "iat", "exp"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a JWT that we signed says: whose session it is, and which."""

    user_id: int
    jti: str


class Keyring:
    """Signs with the newest key, accepts the ones before it until their sessions have expired.

    The keys lie in the database, for every process to sign and check the same. This process
    keeps those it has seen.
    """

    def __init__(self, database: Database, *, session_ms: int) -> None:
        self._database = database
        self._session_ms = session_ms
        self._seen: dict[str, bytes] = {}

    def sign(self, session: Session, claims: Claims, *, issued_at_ms: int) -> str:
        """A JWT valid for the lifetime of a session. Makes a new key where the last is old."""
        key = self._current(session)
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "jti": claims.jti,
            "iat": issued_at_ms // 1_000,
            "exp": (issued_at_ms + self._session_ms) // 1_000,
        }
        return jwt.encode(payload, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid})

    def verify(self, token: str) -> Claims | None:
        """What the token says, or None where it isn't ours, isn't whole or has expired."""
        if len(token) > MAX_SECRET_CHARACTERS:
            return None
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            secret = self._secret(kid) if isinstance(kid, str) else None
            if secret is None:
                return None
            payload = jwt.decode(
                token,
                secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": _REQUIRED_CLAIMS},
            )
            return Claims(user_id=int(payload["sub"]), jti=payload["jti"])
        except (jwt.InvalidTokenError, ValueError):  # ValueError: a subject that is no number
            return None

    def _current(self, session: Session) -> SigningKey:
        key = repository.newest_signing_key(session)
        now = now_ms()
        if key is None or now - key.created_at_ms >= ROTATE_AFTER_MS:
            # A key signs for the rotation's span; its last session lives for one lifetime more.
            repository.forget_signing_keys(
                session, created_before_ms=now - ROTATE_AFTER_MS - self._session_ms
            )
            key = SigningKey(
                kid=secrets.token_hex(8), secret=secrets.token_bytes(32), created_at_ms=now
            )
            session.add(key)
        return key

    def _secret(self, kid: str) -> bytes | None:
        secret = self._seen.get(kid)
        if secret is None:
            with self._database.read() as session:
                secret = repository.signing_secret(session, kid)
            if secret is not None:
                self._seen[kid] = secret
        return secret
