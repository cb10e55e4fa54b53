from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from homelab_agent.services import OPENRC, UNIT

COMMAND = "/usr/bin/python3 /usr/local/lib/homelab-agent/homelab-agent.pyz run"


def unit() -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # as its documentation says
    parser.read_string(UNIT.format(command=COMMAND, user="root"))
    return dict(parser["Service"])


@pytest.mark.parametrize(
    "name",
    ["ProtectHome", "ProtectProc", "ProcSubset", "PrivateDevices", "PrivateTmp", "PrivateNetwork"],
)
def test_the_unit_hides_nothing_that_is_measured(name: str) -> None:
    assert name not in unit()


def test_the_unit_has_no_rights_and_no_port() -> None:
    service = unit()
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "homelab-agent.service"
    path.write_text(UNIT.format(command="/bin/true", user="root"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(path)], check=False, capture_output=True, text=True
    )
    assert "homelab-agent" not in done.stderr, done.stderr


def test_the_openrc_script_is_shell() -> None:
    script = OPENRC.format(
        program="/usr/bin/python3",
        arguments="/p run",
        user="homelab-agent",
        log="/l",
        runtime="/run/homelab-agent",
    )
    done = subprocess.run(["/bin/sh", "-n"], input=script.encode(), check=False)
    assert done.returncode == 0
    assert not re.search(r"[{]\w+[}]", script)
