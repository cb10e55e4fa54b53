"""The pasted line on a real root folder: this machine's, under an overlay to be thrown away."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.backend.real_server import RealServer, running

# In namespaces of its own: mounts and processes end with the script, whatever becomes of it.
OVERLAY = """
set -eu
mount -t tmpfs tmpfs "$SCRATCH"
cd "$SCRATCH"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" root
mount -t proc proc root/proc
mount --bind /dev root/dev
# This machine may have an agent of its own: it is none of ours.
rm -rf root/var/lib/homelab-agent root/etc/homelab-agent root/usr/local/lib/homelab-agent
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
inside() { env -i PATH="$PATH" chroot root sh -c "$1"; }
"""
INSTALL = """
inside "$LINE --interval 1" >&2
tries=0
until inside 'homelab-agent status >&2'; do
    tries=$((tries + 1)); [ $tries -lt 60 ]; sleep 0.5
done
inside 'stat -c "%a %U" /etc/homelab-agent/token /etc/homelab-agent/agent.ini'
for process in root/proc/[0-9]*; do
    if tr '\\0' ' ' <"$process/cmdline" | grep -q 'homelab-agent[.]pyz run'; then
        inside "stat -c 'runs as %U' /proc/${process##*/}"
    fi
done
inside 'homelab-agent update'
set -- root/usr/local/lib/homelab-agent/*
printf 'an older version' >>"$1"
inside 'homelab-agent update'
sleep 1
inside 'homelab-agent update'
inside "$UNINSTALL" >&2
if grep -l 'homelab-agent[.]pyz' root/proc/[0-9]*/cmdline; then exit 1; fi
cd upper
find . -mindepth 1 | while read -r path; do
    if [ -d "$path" ] && [ -d "/$path" ]; then continue; fi
    if [ -c "$path" ]; then continue; fi  # how an overlay says that something is gone
    cmp -s "$path" "/$path" || echo "left behind: $path"
done
"""
# What useradd itself keeps of the files before its change.
SHADOWS_OWN = {f"./etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow")} | {
    "./etc/.pwd.lock",
    "./etc/subuid-",
    "./etc/subgid-",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with running(tmp_path_factory.mktemp("data"), "--tls-self-signed") as started:
        yield started


def in_overlay(script: str, scratch: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", OVERLAY + script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "SCRATCH": str(scratch), **variables},
        timeout=120,
    )


def new_code(server: RealServer) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(server.command("enrol", "--url", server.url, "--json"))
    return made


def test_installed_and_uninstalled_without_a_trace(server: RealServer, tmp_path: Path) -> None:
    if os.geteuid() != 0 or in_overlay("", tmp_path).returncode != 0:
        pytest.skip("needs root and the right to mount an overlay")
    line = str(new_code(server)["lines"]["python"])
    uninstall = line.partition("| sh")[0] + "| sh -s -- --uninstall"

    done = in_overlay(INSTALL, tmp_path, LINE=line, UNINSTALL=uninstall)

    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[:3] == ["600 homelab-agent", "600 homelab-agent", "runs as homelab-agent"]
    assert "of the server's version already" in said[3]
    assert "of the server's version now" in said[4]
    assert "of the server's version already" in said[5]
    left = {text.removeprefix("left behind: ") for text in said[6:]}
    assert left <= SHADOWS_OWN


def test_a_wrong_code_leaves_nothing(server: RealServer, tmp_path: Path) -> None:
    if os.geteuid() != 0 or in_overlay("", tmp_path).returncode != 0:
        pytest.skip("needs root and the right to mount an overlay")
    made = new_code(server)
    wrong = str(made["lines"]["python"]).replace(made["code"], "AAAAA")
    script = 'inside "$LINE" >&2 && exit 3\ncd upper; find . -mindepth 1 ! -type d ! -type c'
    done = in_overlay(script, tmp_path, LINE=wrong)
    assert done.stdout == ""
    assert "not valid" in done.stderr


def test_of_a_hundred_claims_over_http_one_wins(server: RealServer) -> None:
    code = new_code(server)["code"]
    trusting = ssl.create_default_context(cafile=server.data_dir / "tls" / "certificate.pem")

    def claim(number: int) -> int:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", server.port, context=trusting, timeout=60
        )
        body = {"code": code, "hostname": f"host{number}", "server_guid": str(uuid4())}
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/agents/enrol", json.dumps(body), headers)
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(claim, range(100)))
    assert sorted(statuses) == [200] + [403] * 99
