"""What the web page costs a browser: a hundred hosts, a live tick, ten charts, the first load.

`python -m benchmarks.page [--rounds 5]`; the drawing is measured by frontend/tooling/bench-page.ts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.asking import prepare
from benchmarks.server import agent_token, running_server
from devtools import page
from devtools.house import FRONTEND
from devtools.node import ensure_modules, find_node

HOSTS = 100
DAYS = 1
PERSON, PASSWORD = "bench", "not a secret, as nobody else can reach it"
# The host whose heartbeats make the ticks.
SERVER_ID = "host00"


def main() -> int:
    """Print the table of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    page.build()
    ensure_modules()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        prepare(data_dir, "chunks", HOSTS, DAYS)
        subprocess.run(
            [
                *(sys.executable, "-m", "homelab_cmd.cli", "user", "create", PERSON, "--admin"),
                *("--password-stdin", "--data-dir", str(data_dir)),
            ],
            input=PASSWORD,
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        token = agent_token(data_dir, SERVER_ID)
        with running_server(data_dir) as server:
            variables = {
                "BENCH_URL": f"http://127.0.0.1:{server.port}",
                "BENCH_USERNAME": PERSON,
                "BENCH_PASSWORD": PASSWORD,
                "BENCH_SERVER_ID": SERVER_ID,
                "BENCH_AGENT_TOKEN": token,
                "BENCH_ROUNDS": str(options.rounds),
            }
            script = FRONTEND / "tooling" / "bench-page.ts"
            words = [str(find_node()), str(script)]
            return subprocess.run(words, env=os.environ | variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
