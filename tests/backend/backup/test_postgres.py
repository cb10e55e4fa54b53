"""PostgreSQL is backed up with its own tools: pg_dump under load, pg_restore elsewhere."""

from __future__ import annotations

from pathlib import Path

from homelab_cmd.db.database import Database
from homelab_cmd.history.engines import make_engine
from homelab_cmd.integrity.service import examine
from homelab_cmd.servers.service import create_server

from tests.backend.history.strategies import heartbeats
from tests.backend.history.test_examine import STEP, all_windows
from tests.backend.postgres import PostgresServer


def test_a_dump_restored_elsewhere_has_all_of_it(
    postgres: PostgresServer, migrated: str, tmp_path: Path
) -> None:
    name, other = postgres.create_database(migrated), postgres.create_database()
    database = Database(postgres.url(name))
    with database.write() as session:
        server_key = create_server(session, "nas").id
    engine = make_engine("rows")
    with database.connect(write=True) as connection:
        engine.append(connection, heartbeats(server_key, [STEP] * 30))
    dump = tmp_path / "homelab.dump"
    postgres.run_client("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={name}")
    postgres.run_client("pg_restore", "--no-owner", f"--dbname={other}", str(dump))
    restored = Database(postgres.url(other))
    assert examine(restored, make_engine("rows"), seconds=None, mend=False).sound
    assert all_windows(restored, engine, server_key) == all_windows(database, engine, server_key)
    database.dispose()
    restored.dispose()
