"""The workloads of docs/performance.md, each repeatable with one command."""
