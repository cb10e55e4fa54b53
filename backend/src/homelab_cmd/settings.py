"""What an owner can set: by environment (`HOMELAB_CMD_…`), and by flags for the commonest."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal

from pydantic import ByteSize, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

from homelab_cmd.errors import StartupError

# Less does not hold two days of a few hosts beside the roll-ups.
LEAST_MAX_SIZE_BYTES = 64_000_000


def default_data_dir() -> Path:
    """Where the database and the keys lie when nothing else is said."""
    return Path.home() / ".local" / "share" / "homelab-cmd"


class Settings(BaseSettings):
    """The server's settings; docs/settings.md describes each."""

    model_config = SettingsConfigDict(env_prefix="HOMELAB_CMD_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65_535)
    workers: int = Field(1, ge=1, le=64)
    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: str = ""
    history: Literal["rows", "chunks", ""] = ""
    public_url: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_self_signed: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    login_sign_up: bool = True
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_name: str = "OpenID"
    oidc_admin_group: str = ""
    proxy_user_header: str = Field("", pattern=r"^[A-Za-z0-9-]*$")
    trusted_proxies: str = "127.0.0.1,::1"

    log_format: Literal["text", "json"] = "text"
    netdata_url: str = "http://127.0.0.1:19999"
    netdata_node: str = ""

    retention_raw_days: int = Field(30, ge=1, le=36_500)
    retention_minute_days: int = Field(90, ge=1, le=36_500)
    retention_hour_days: int = Field(0, ge=0, le=36_500, description="0 keeps it for ever")
    retention_day_days: int = Field(0, ge=0, le=36_500, description="0 keeps it for ever")

    timescale_chunk_days: int = Field(1, ge=1, le=365)
    timescale_pack_after_days: int = Field(1, ge=1, le=36_500)

    max_size: ByteSize = Field(ByteSize(0), description="0 sets no bound")

    backup_dir: Path | None = None
    backup_every: str = "24h"
    backup_keep: int = Field(7, ge=1, le=10_000)

    @field_validator("max_size")
    @classmethod
    def _of_use(cls, size: ByteSize) -> ByteSize:
        if size and size < LEAST_MAX_SIZE_BYTES:
            raise ValueError("take 0 for no bound, or at least 64MB")
        return size

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for one in _parts(text):
            try:
                ipaddress.ip_network(one)
            except ValueError:
                message = f"{one!r} is no address and no network like 172.18.0.0/16"
                raise ValueError(message) from None
        return text

    @property
    def proxy_networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The addresses of proxies whose headers are believed."""
        return [ipaddress.ip_network(one) for one in _parts(self.trusted_proxies)]

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL; a file in the data folder unless one is set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'homelab-cmd.sqlite3'}"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database; None for another kind."""
        file = make_url(self.sqlalchemy_url).database
        return Path(file) if self.is_sqlite and file else None

    @property
    def is_sqlite(self) -> bool:
        return self.sqlalchemy_url.startswith("sqlite")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; `overrides` that are not None win.

    Raises StartupError naming the setting and what would be right.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        message = f"The setting HOMELAB_CMD_{name} is wrong: {first['msg']}."
        raise StartupError(message) from None
