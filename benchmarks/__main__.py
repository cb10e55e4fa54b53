"""`./dev bench NAME …`: run one of the workloads; without a name, say which there are."""

import runpy
import sys

BENCHMARKS = {
    "agent": "what an agent costs its host: memory, processor time, bytes",
    "asking": "how quickly history answers, over HTTP",
    "beside": "the same week in ours, VictoriaMetrics and Prometheus",
    "house": "merging and deleting a server with a year of history while agents send",
    "ingest": "what a heartbeat costs the server, acknowledged after the commit",
    "live_readers": "what two hundred live readers cost ingest",
    "page": "what the web page costs a browser: hosts, ticks, charts, first load",
    "postgres": "rows taken in and questions answered on PostgreSQL",
    "storage": "what history takes on disk, a value and a host",
    "timescale": "the same on TimescaleDB, beside plain tables in one run",
    "written": "what a day of hosts writes to the disk, a host",
}


def main() -> int:
    """Run the benchmark that the first argument names with the arguments after it."""
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        for name, what in BENCHMARKS.items():
            print(f"{name:14}{what}")
        return 0 if len(sys.argv) < 2 else 2
    name = sys.argv.pop(1)
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
