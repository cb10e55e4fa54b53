"""What the accounts' endpoints take and say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from homelab_cmd.auth.passwords import MAX_CHARACTERS, MIN_CHARACTERS
from homelab_cmd.auth.principals import Role, Scope


def _moment(time_ms: object) -> object:
    return datetime.fromtimestamp(time_ms / 1_000, UTC) if isinstance(time_ms, int) else time_ms


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A time in the answer, from UTC milliseconds."""

Name = Annotated[str, Field(min_length=1, max_length=64, examples=["anna"])]
Password = Annotated[
    str,
    Field(
        min_length=MIN_CHARACTERS,
        max_length=MAX_CHARACTERS,
        examples=["correct horse battery staple"],
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SetupState(BaseModel):
    """Whether the first user is still to be made."""

    needed: bool = Field(examples=[False])


class SetupRequest(_Request):
    """The first admin."""

    setup_token: str = Field(
        max_length=200, description="From the link that the server prints when it starts."
    )
    username: Name
    password: Password


class SessionToken(BaseModel):
    """A session; the same JWT is set as an HttpOnly cookie."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsImtpZCI6…"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int = Field(description="Seconds.", examples=[1_209_600])


class Me(BaseModel):
    """Who asks, and what they may."""

    kind: Literal["user", "api_token"]
    name: str = Field(examples=["anna"])
    scope: Scope


class Ticket(BaseModel):
    """Opens one WebSocket."""

    ticket: str = Field(examples=["Zk3…"])
    expires_in: int = Field(description="Seconds.", examples=[30])


class PasswordChange(_Request):
    """One's own password."""

    current_password: str = Field(max_length=MAX_CHARACTERS)
    new_password: Password


class LoginMethods(BaseModel):
    """How one can log in, beside user name and password."""

    provider: str | None = Field(
        description="What the OpenID provider is called; null for none.", examples=["Authelia"]
    )
    proxy_user: str | None = Field(
        description="Whom the proxy before us names for this very request.", examples=["anna"]
    )


class ProviderStart(_Request):
    """Where the page goes after the login."""

    next: str = Field("", max_length=100, examples=["filesystems?q=tank"])


class ProviderUrl(BaseModel):
    """Where the browser goes now."""

    url: str = Field(examples=["https://auth.home.example/authorize?client_id=…"])


class SecondFactorState(BaseModel):
    """Whether one's logins need a code."""

    on: bool
    recovery_codes_left: int = Field(examples=[10])


class SecondFactorProposal(_Row):
    """A secret that is not in use yet."""

    secret: str = Field(description="For typing into an authenticator.", examples=["JBSWY3DP…"])
    uri: str = Field(examples=["otpauth://totp/HomelabCmd:anna?secret=…&issuer=HomelabCmd"])
    modules: list[str] = Field(description="The URI as a QR code: its rows, `1` for a dark module.")


class SecondFactorStart(_Request):
    """Proof that the authenticator has the secret, and that it is oneself."""

    secret: str = Field(min_length=32, max_length=64, pattern=r"^[A-Z2-7]+$")
    code: str = Field(max_length=20, examples=["123456"])
    current_password: str = Field(max_length=MAX_CHARACTERS)


class SecondFactorEnd(_Request):
    """Proof that it is oneself."""

    current_password: str = Field(max_length=MAX_CHARACTERS)


class RecoveryCodes(BaseModel):
    """Each stands in for a code of the authenticator, once."""

    recovery_codes: list[str] = Field(description="Shown this once.", examples=[["k7mq2-9xw4t"]])


class SessionInfo(_Row):
    """Where one is logged in."""

    id: int
    created_at: Moment = Field(validation_alias="created_at_ms")
    expires_at: Moment = Field(validation_alias="expires_at_ms")
    address: str = Field(examples=["192.168.1.20"])
    user_agent: str
    current: bool = Field(default=False, description="This is the session that asks.")


class SessionList(BaseModel):
    """One's own sessions, newest first."""

    sessions: list[SessionInfo]


class UserCreate(_Request):
    """A further person."""

    username: Name
    password: Password
    role: Role = Role.VIEWER


class UserUpdate(_Request):
    """What to change; what is left out stays."""

    role: Role | None = None
    password: Password | None = Field(None, description="Ends all sessions of the person.")


class UserInfo(_Row):
    """A person."""

    username: str = Field(validation_alias="name", examples=["anna"])
    role: Role
    created_at: Moment = Field(validation_alias="created_at_ms")


class UserList(BaseModel):
    """A page of people, by name."""

    users: list[UserInfo]
    total: int


class TokenCreate(_Request):
    """A script's credential."""

    name: str = Field(min_length=1, max_length=100, examples=["grafana"])
    scope: Scope = Scope.READ
    expires_in_days: int | None = Field(None, ge=1, le=3_650, description="Null: never expires.")


class TokenInfo(_Row):
    """A script's credential, without its secret."""

    id: int
    name: str = Field(examples=["grafana"])
    scope: Scope
    created_at: Moment = Field(validation_alias="created_at_ms")
    created_by: str = Field(examples=["user:anna"])
    expires_at: Moment | None = Field(validation_alias="expires_at_ms")


class TokenCreated(TokenInfo):
    """The only answer that holds the secret."""

    token: str = Field(description="Shown this once.", examples=["hct_…"])


class TokenList(BaseModel):
    """A page of tokens, by name."""

    tokens: list[TokenInfo]
    total: int


class AuditInfo(_Row):
    """One thing that was done."""

    id: int
    time: Moment = Field(validation_alias="time_ms")
    actor: str = Field(examples=["user:anna"])
    action: str = Field(examples=["token.created"])
    subject: str = Field(examples=["grafana (read)"])
    address: str = Field(examples=["192.168.1.20"])


class AuditList(BaseModel):
    """A page of the audit log, newest first."""

    entries: list[AuditInfo]
    total: int
