"""The thread that keeps house beside the server."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import DBAPIError

from homelab_cmd.backup.schedule import BackupSchedule
from homelab_cmd.clock import now_ms
from homelab_cmd.db.database import Database
from homelab_cmd.history.interface import HistoryEngine
from homelab_cmd.history.tiers import RAW
from homelab_cmd.housekeeping.service import Round, run_round
from homelab_cmd.keeping.service import Keeping

log = logging.getLogger(__name__)

ROUND_EVERY_SECONDS = 60.0


class Scheduler:
    """Runs a round about once a minute until it is stopped."""

    def __init__(
        self,
        database: Database,
        engine: HistoryEngine,
        keeping: Keeping,
        *,
        backups: BackupSchedule | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._keeping = keeping
        self.backups = backups
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._told: set[str] = set()
        self.problems: list[str] = []
        """What was wrong in the last round, in sentences."""
        self.last_done_ms: int | None = None
        """When a round last came to its end."""
        self.raw_floor_ms = 0
        """The time before which samples are pruned; it rises with time, or because of a bound."""

    def start(self) -> None:
        """Begin, the first round after one interval: a start is busy enough."""
        self._note_floor()
        self._thread.start()

    def stop(self) -> None:
        """End soon, in the middle of a round too: every step of it stands alone."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(ROUND_EVERY_SECONDS):
            self.run_once()

    def run_once(self) -> None:
        """A round, and a backup if it is time for one. What fails is tried again at the next."""
        try:
            limits = self._keeping.refresh()
            self._report(run_round(self._database, self._engine, limits, self._ending.is_set))
            self._note_floor()
            if self.backups is not None and not self._ending.is_set():
                self._back_up(self.backups)
        except DBAPIError as error:
            # Full, busy or away: nothing of it is half done, and each step is tried again.
            self._note([f"Housekeeping can't write ({error.orig}); it is tried again in a minute."])
        except Exception:  # one of three places: a failed round must not end all later ones
            log.exception("a round of housekeeping failed; the next is tried in a minute")

    def _back_up(self, backups: BackupSchedule) -> None:
        made = backups.run_due(now_ms())
        if made is not None:
            log.info("the backup %s is made", made)
        if backups.problem is not None:
            self._note([*self.problems, backups.problem])

    def _note_floor(self) -> None:
        with self._database.connect() as connection:
            self.raw_floor_ms = self._engine.floors(connection).get(RAW.name, 0)

    def _report(self, done: Round) -> None:
        for server_id in done.purged_servers:
            log.info("the history of %s is purged", server_id)
        if done.history.complete:
            self.last_done_ms = now_ms()
        self._note(done.history.problems)

    def _note(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self._told:  # each once, not at every round
                log.error("%s", problem)
        self.problems = problems
        self._told = set(problems)
