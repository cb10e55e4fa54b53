"""`homelab-cmd storage`: what the history costs."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from homelab_cmd.commands.common import Subparsers, add_database_flags, opened, settings_from
from homelab_cmd.commands.output import add_json_flag, print_facts, print_json, print_line
from homelab_cmd.history.engines import make_engine
from homelab_cmd.history.service import choose_engine
from homelab_cmd.keeping.service import Keeping
from homelab_cmd.storage.service import Storage, measure

MIB = 1 << 20


def add_parsers(subparsers: Subparsers) -> None:
    """Add `storage`."""
    parser = subparsers.add_parser("storage", help="bytes by server, family and tier, and growth")
    add_json_flag(parser)
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Print the sizes, and what they will be."""
    settings = settings_from(parsed)
    with opened(parsed) as database:
        engine = make_engine(choose_engine(settings, database))
        retention = Keeping(database, settings).limits.retention
        storage = measure(database, engine, retention, settings.data_dir)
    if parsed.json:
        facts = asdict(storage)
        names = facts.pop("names")
        facts["parts"] = [
            part | {"server_id": names.get(part.pop("server_key"))} for part in facts["parts"]
        ]
        print_json(facts)
    else:
        _print_for_people(storage)
    return 0


def _print_for_people(storage: Storage) -> None:
    print_line(f"database   {storage.database_bytes / MIB:.1f} MiB")
    if storage.timescale is not None:
        print_line(f"timescale  {storage.timescale.version}, edition {storage.timescale.edition}")
    if storage.disk_free_bytes is not None:
        print_line(f"disk free  {storage.disk_free_bytes / MIB:.0f} MiB")
    if storage.growth_per_day_bytes is None:
        print_line("growth     known after a day")
    else:
        print_line(f"growth     {storage.growth_per_day_bytes / MIB:.2f} MiB a day")
    if storage.disk_full_in_days is not None:
        print_line(f"disk full  in about {storage.disk_full_in_days:.0f} days at this rate")
    print_line("")
    tiers = [
        {
            "tier": tier.tier,
            "MiB": f"{tier.size_bytes / MIB:.2f}",
            "kept days": "for ever" if tier.kept_days is None else f"{tier.kept_days:.0f}",
            "MiB a day": _mib(tier.per_day_bytes),
            "MiB in the end": _mib(tier.steady_bytes),
        }
        for tier in storage.tiers
    ]
    print_facts(tiers, as_json=False, empty="")
    print_line("")
    parts = [
        {
            "server": storage.names.get(part.server_key, "(deleted)"),
            "family": part.family,
            "tier": part.tier,
            "samples": part.samples,
            "bytes": part.size_bytes,
        }
        for part in sorted(storage.parts, key=lambda part: -part.size_bytes)
    ]
    print_facts(parts, as_json=False, empty="No history yet.")


def _mib(size_bytes: float | None) -> str | None:
    return None if size_bytes is None else f"{size_bytes / MIB:.2f}"
