from __future__ import annotations

from pathlib import Path

import pytest
from homelab_cmd.history.tiers import DAY_MS
from homelab_cmd.keeping.limits import NAMES, Saved, limits_of, values_of
from homelab_cmd.settings import Settings, load_settings

RAW, MINUTE, HOUR, DAY, MAX_SIZE = NAMES


def days(raw: int, minute: int, hour: int = 0, day: int = 0, max_size: int = 0) -> dict[str, int]:
    return dict(zip(NAMES, (raw, minute, hour, day, max_size), strict=True))


def spans(values: dict[str, int]) -> list[float | None]:
    kept = limits_of(values, is_sqlite=True).retention.spans.values()
    return [None if span is None else span / DAY_MS for span in kept]


def test_each_name_is_a_setting() -> None:
    assert set(NAMES) <= Settings.model_fields.keys()


def test_the_environment_goes_before_what_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMELAB_CMD_RETENTION_RAW_DAYS", "7")
    monkeypatch.setenv("HOMELAB_CMD_MAX_SIZE", "2GB")
    saved = {RAW: Saved(14, 1, "user:anna"), MINUTE: Saved(60, 2, "user:anna")}
    values = values_of(load_settings(data_dir=tmp_path), saved)
    assert {name: (one.value, one.source) for name, one in values.items()} == {
        RAW: (7, "environment"),
        MINUTE: (60, "saved"),
        HOUR: (0, "default"),
        DAY: (0, "default"),
        MAX_SIZE: (2_000_000_000, "environment"),
    }
    assert values[RAW].variable == "HOMELAB_CMD_RETENTION_RAW_DAYS"
    assert values[RAW].default == 30


def test_zero_is_for_ever_and_no_bound() -> None:
    assert spans(days(30, 90)) == [30, 90, None, None]
    assert limits_of(days(30, 90), is_sqlite=True).max_bytes is None


def test_a_coarse_tier_is_never_kept_shorter_than_a_finer_one() -> None:
    assert spans(days(60, 30, 45, 20)) == [60, 60, 60, 60]
    assert spans(days(30, 0, 45, 20)) == [30, None, None, None]


def test_a_bound_holds_on_sqlite_alone() -> None:
    bound = days(30, 90, max_size=10**9)
    assert limits_of(bound, is_sqlite=True).max_bytes == 10**9
    assert limits_of(bound, is_sqlite=False).max_bytes is None
