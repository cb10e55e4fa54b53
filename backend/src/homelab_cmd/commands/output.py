"""How commands print facts: a table for people, JSON for programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def add_json_flag(parser: argparse.ArgumentParser) -> None:
    """The flag of every command that prints facts."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def print_line(text: str) -> None:
    """One line on stdout."""
    sys.stdout.write(text + "\n")


def print_json(facts: object) -> None:
    """Facts for a program, indented."""
    print_line(json.dumps(facts, indent=2, ensure_ascii=False))


def print_facts(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Rows with the same keys: as a table, or as a JSON list. `empty` says that there are none."""
    if as_json:
        print_json([dict(row) for row in rows])
    elif not rows:
        print_line(empty)
    else:
        _print_table(rows)


def print_secret(secret: str, facts: Mapping[str, Any], *, as_json: bool) -> None:
    """A secret alone on its line, for `$(…)`; with its facts where JSON is asked for."""
    if as_json:
        print_json({**facts, "token": secret})
    else:
        print_line(secret)


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    lines = [list(rows[0])] + [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print_line("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    return "–" if value is None else str(value)
