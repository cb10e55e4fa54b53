from __future__ import annotations

import pytest
from homelab_cmd.hiding.rules import Rule, Rules


@pytest.mark.parametrize(
    "pattern,key,hides",
    [
        ("/snap/*", "/snap/core/123", True),
        ("/snap/*", "/snap", False),
        ("/snap/*", "/mnt/snap/x", False),
        ("veth*", "veth12ab", True),
        ("veth*", "Veth12ab", False),
        ("eth?", "eth0", True),
        ("eth?", "eth10", False),
        ("*", "", True),
        ("/mnt/[a]", "/mnt/[a]", True),
        ("/mnt/[a]", "/mnt/a", False),
        ("/mnt/a.b", "/mnt/aXb", False),
        ("/mnt/*", "/mnt/two\nlines", True),
        ("/mnt/über*", "/mnt/über 1", True),
    ],
)
def test_a_pattern_matches_whole_keys(pattern: str, key: str, hides: bool) -> None:
    assert Rule("filesystem", pattern).hides(1, "filesystem", key) is hides


def test_a_rule_is_about_its_family_and_its_server() -> None:
    rules = Rules([Rule("filesystem", "/a*"), Rule("disk", "sd*", server_key=2)])
    assert rules.hides(1, "filesystem", "/a")
    assert rules.hides(2, "filesystem", "/a")
    assert not rules.hides(1, "network_interface", "/a")
    assert rules.hides(2, "disk", "sda")
    assert not rules.hides(1, "disk", "sda")
    assert rules.touches("disk")
    assert not rules.touches("temperature")


def test_many_stars_take_no_time() -> None:
    assert not Rule("disk", "*a" * 60 + "*b").hides(1, "disk", "a" * 255)
