"""For developers: `python -m homelab_cmd.db check`, `python -m homelab_cmd.db generate MESSAGE`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from homelab_cmd.db.database import Database
from homelab_cmd.db.migrate import differences, generate, upgrade


def main() -> int:
    """Compare models with migrations, or write the migration that is missing."""
    parser = argparse.ArgumentParser(prog="python -m homelab_cmd.db", description=main.__doc__)
    parser.add_argument("action", choices=("check", "generate"))
    parser.add_argument("message", nargs="?", default="")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.sqlite3'}")
        try:
            if parsed.action == "generate":
                print(generate(database, parsed.message or parser.error("say what changes")))
                return 0
            upgrade(database)
            missing = differences(database)
        finally:
            database.dispose()
    for difference in missing:
        print(f"no migration does this: {difference}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
