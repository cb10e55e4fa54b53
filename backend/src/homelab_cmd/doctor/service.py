"""All examinations, in the order in which one would look."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from homelab_cmd.clock import now_ms
from homelab_cmd.commands.common import prepare_data_dir
from homelab_cmd.db.database import Database
from homelab_cmd.doctor.findings import Finding
from homelab_cmd.doctor.installation import examine_backups, examine_hosts, examine_proxy
from homelab_cmd.doctor.machine import examine_machine
from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings


def examine(settings: Settings) -> list[Finding]:
    """What is well and what is not, of machine, data and hosts."""
    found = [_data_folder(settings)]
    if found[0].grade == "ok":
        found += examine_machine(settings)
    found.append(examine_proxy(settings))
    found.append(examine_backups(settings, now_ms()))
    return found + _of_database(settings)


def _data_folder(settings: Settings) -> Finding:
    try:
        prepare_data_dir(settings)
    except StartupError as error:
        what, _, mend = str(error).partition("; ")
        return Finding("data folder", "error", what, mend)
    return Finding("data folder", "ok", f"{settings.data_dir} is local and for its owner alone.")


def _of_database(settings: Settings) -> list[Finding]:
    database = Database(settings.sqlalchemy_url)
    try:
        with database.read() as session:
            return list(examine_hosts(session, now_ms()))
    except DBAPIError as error:
        return [
            Finding(
                "database",
                "error",
                f"It can't be read: {error.orig}.",
                "Where it was never used, start the server once; else homelab-cmd check says more.",
            )
        ]
    finally:
        database.dispose()
