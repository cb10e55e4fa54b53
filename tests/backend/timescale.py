"""A TimescaleDB of the tests' own: Debian 13's packages, run in private by an ordinary user.

apt fetches them with folders of its own into `.tools`, where they stay; no root is
needed, and nothing is installed. They bring their libc along: `patchelf` tells the programs where
it is. Debian's is the Apache edition. `HOMELAB_TEST_TIMESCALE_URL` names a server with the full
one, such as `postgresql+psycopg://homelab@/postgres?host=/run/timescale`, whose user may create
databases.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.backend.postgres import PostgresServer, passable

_ROOT = Path(__file__).resolve().parents[2]
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SOURCE = f"deb [signed-by={_KEYRING}] http://deb.debian.org/debian trixie main\n"
_PACKAGES = ("postgresql-17-timescaledb", "patchelf")
# Brought along by what is asked for, and of no use to a server that compiles nothing.
_LEFT_OUT = ("libllvm", "libz3", "perl", "libperl", "locales", "libc-l10n")
_SETTINGS = {"shared_preload_libraries": "timescaledb", "timescaledb.telemetry_level": "off"}
_SECONDS = 300


class TimescaleServer(PostgresServer):
    """The Apache edition, on a private socket."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        super().__init__(_SETTINGS | (settings or {}), programs=_programs())

    def create_database(self, template: str = "template0", *, extension: bool = True) -> str:
        """A new database, with the extension unless it is to be plain; its name."""
        name = super().create_database(template)
        if not extension:
            return name
        with psycopg.connect(self._conninfo(name), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION timescaledb")
        return name


class GivenServer:
    """The server that `HOMELAB_TEST_TIMESCALE_URL` names."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._names = count(1)

    def create_database(self, *, extension: bool = True) -> str:
        """A new database, with the extension unless it is to be plain; its name."""
        name = f"homelab_test_{os.getpid()}_{next(self._names)}"
        self._execute("CREATE DATABASE {} TEMPLATE template0", name)
        if not extension:
            return name
        with psycopg.connect(self._conninfo(name), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def url(self, name: str) -> str:
        """What `HOMELAB_CMD_DATABASE_URL` has to say for a database."""
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str, name: str) -> None:
        database = self._url.database or "postgres"
        with psycopg.connect(self._conninfo(database), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    def _conninfo(self, name: str) -> str:
        url = self._url.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)


def given_server() -> GivenServer:
    """The full edition. Skips the test where none is named."""
    url = os.environ.get("HOMELAB_TEST_TIMESCALE_URL")
    if not url:
        pytest.skip("HOMELAB_TEST_TIMESCALE_URL names no server with the full edition")
    return GivenServer(url)


def _programs() -> Path:
    """The folder of `initdb` and `postgres`. Where they can't be had: a failure on CI, else a skip.

    A program's interpreter stands in it with its whole path, so each place has its own.
    """
    # Who is to run them may not pass through everybody's home.
    tools = _ROOT / ".tools"
    cache = (tools if passable(tools) else Path(tempfile.gettempdir())) / "homelab-timescaledb"
    programs = cache / "usr/lib/postgresql/17/bin"
    if not programs.is_dir():
        try:
            _fetch(cache)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or error
            reason = f"TimescaleDB can't be fetched from Debian: {said}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
    return programs


def _fetch(target: Path) -> None:
    """Unpack the packages into a folder that appears when it is whole."""
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".timescaledb-") as made:
        folder = Path(made)
        root = folder / "root"
        root.mkdir()
        for package in _download(folder / "apt"):
            if not package.name.startswith(_LEFT_OUT):
                _run("dpkg-deb", "--extract", package, root)
        folder.chmod(0o755)
        _settle(root, target)
        try:
            root.rename(target)
        except OSError:
            if not target.is_dir():  # else another process of these tests was quicker
                raise


def _download(folder: Path) -> list[Path]:
    """Have apt fetch the packages and all they need, as if nothing were installed."""
    (folder / "lists/partial").mkdir(parents=True)
    archives = folder / "cache/archives"
    (archives / "partial").mkdir(parents=True)
    for name in ("status", "sources.list"):
        (folder / name).write_text(_SOURCE if name == "sources.list" else "")
    configuration = folder / "apt.conf"
    configuration.write_text(
        f'Dir::State "{folder}"; Dir::State::status "{folder}/status";'
        f'Dir::Cache "{folder}/cache"; Dir::Etc::sourcelist "{folder}/sources.list";'
        'Dir::Etc::sourceparts "/dev/null"; APT::Install-Recommends "false";'
        'APT::Sandbox::User ""; Debug::NoLocking "true";'
    )
    environment = os.environ | {"APT_CONFIG": str(configuration)}
    _run("apt-get", "update", "-qq", env=environment)
    install = ("install", "--yes", "-qq", "--download-only")
    _run("apt-get", *install, *_PACKAGES, env=environment)
    return sorted(archives.glob("*.deb"))


def _settle(root: Path, target: Path) -> None:
    """Tell the programs where their loader and libraries will lie."""
    (libraries,) = (loader.parent for loader in root.glob("usr/lib/*/ld-linux-*.so.*"))
    (loader,) = libraries.glob("ld-linux-*.so.*")
    patchelf = (loader, "--library-path", libraries, root / "usr/bin/patchelf")
    place = target / libraries.relative_to(root)
    for name in ("postgres", "initdb"):
        program = root / "usr/lib/postgresql/17/bin" / name
        interpreter = ("--set-interpreter", place / loader.name)
        _run(*patchelf, *interpreter, "--force-rpath", "--set-rpath", place, program)


def _run(*words: str | Path, env: dict[str, str] | None = None) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=_SECONDS, env=env)
