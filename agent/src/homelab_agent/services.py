"""How the agent is kept running: systemd, OpenRC, or a plain process where there is neither."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from homelab_agent.config import ConfigError
from homelab_agent.folders import Lock

NAME = "homelab-agent"
UNIT_PATH = "/etc/systemd/system/homelab-agent.service"
OPENRC_PATH = "/etc/init.d/homelab-agent"
LOG_NAME = "agent.log"
RUNTIME_FOLDER = "/run/homelab-agent"
_STOP_SECONDS = 15.0

# The service sees the true host: no ProtectHome, ProtectProc, PrivateDevices, PrivateTmp or
# PrivateNetwork, which hide what is measured. ProtectSystem=strict makes its own mount table say
# "ro" everywhere; the agent reads that of process 1.
UNIT = """\
[Unit]
Description=HomelabCmd agent
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
User={user}
Group={user}
StateDirectory=homelab-agent
StateDirectoryMode=0700
RuntimeDirectory=homelab-agent
RuntimeDirectoryPreserve=restart
Restart=always
RestartSec=10
TimeoutStopSec=20
UMask=0077
Nice=5
MemoryMax=256M
TasksMax=64
ProtectSystem=strict
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""

OPENRC = """\
#!/sbin/openrc-run
description="HomelabCmd agent"
supervisor=supervise-daemon
command="{program}"
command_args="{arguments}"
command_user="{user}:{user}"
output_log="{log}"
error_log="{log}"
respawn_delay=10
export RUNTIME_DIRECTORY={runtime}

depend() {{
    need localmount
    after net
}}

start_pre() {{
    checkpath --directory --mode 0700 --owner {user}:{user} {runtime}
}}

stop_post() {{
    rm -rf {runtime}
}}
"""


@dataclass(frozen=True)
class Service:
    """What is to run, as whom, and where it keeps things."""

    command: Sequence[str]
    user: str
    uid: int
    gid: int
    state_folder: str

    @property
    def log(self) -> str:
        return os.path.join(self.state_folder, LOG_NAME)


def start(service: Service) -> str:
    """Start it now and, where there is an init system, at every boot; where to look afterwards.

    Raises ConfigError.
    """
    if has_systemd():
        _write(UNIT_PATH, UNIT.format(command=_quoted(service.command), user=service.user), 0o644)
        run_tool("systemctl", "daemon-reload")
        run_tool("systemctl", "enable", "--quiet", NAME)
        run_tool("systemctl", "restart", NAME)
        return "systemctl status homelab-agent; journalctl -u homelab-agent"
    if has_openrc():
        program, *arguments = service.command
        script = OPENRC.format(
            program=program,
            arguments=_quoted(arguments),
            user=service.user,
            log=service.log,
            runtime=RUNTIME_FOLDER,
        )
        _write(OPENRC_PATH, script, 0o755)
        run_tool("rc-update", "add", NAME, "default")
        run_tool("rc-service", NAME, "restart")
        return f"rc-service homelab-agent status; {service.log}"
    _stop_process(service.state_folder)
    _start_process(service)
    return f"{service.log}; there is no systemd or OpenRC here: it runs until the next boot"


def stop(state_folder: str) -> None:
    """Stop it, however it was started, and take it out of the init system."""
    if os.path.exists(UNIT_PATH):
        if has_systemd():
            run_tool("systemctl", "disable", "--quiet", "--now", NAME)
        os.unlink(UNIT_PATH)
        if has_systemd():
            run_tool("systemctl", "daemon-reload")
            subprocess.run(["systemctl", "reset-failed", NAME], check=False, capture_output=True)
    if os.path.exists(OPENRC_PATH):
        subprocess.run(["rc-service", NAME, "stop"], check=False, capture_output=True)
        run_tool("rc-update", "del", NAME, "default")
        os.unlink(OPENRC_PATH)
    _stop_process(state_folder)
    shutil.rmtree(RUNTIME_FOLDER, ignore_errors=True)


def has_systemd() -> bool:
    """Whether systemd is process 1, as sd_booted(3) tells."""
    return os.path.isdir("/run/systemd/system")


def has_openrc() -> bool:
    """Whether OpenRC booted this host."""
    return os.path.isdir("/run/openrc")


def _start_process(service: Service) -> None:
    os.makedirs(RUNTIME_FOLDER, mode=0o700, exist_ok=True)
    os.chown(RUNTIME_FOLDER, service.uid, service.gid)
    with open(service.log, "ab") as log:
        os.fchown(log.fileno(), service.uid, service.gid)
        process = subprocess.Popen(
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "RUNTIME_DIRECTORY": RUNTIME_FOLDER,
            },
            user=service.uid,
            group=service.gid,
            extra_groups=[],
            start_new_session=True,
        )
    try:
        code = process.wait(2)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it is meant to outlive this command
    else:
        raise ConfigError(f"the agent ended at once with code {code}; see {service.log}.")


def _stop_process(state_folder: str) -> None:
    """End the agent that holds the folder's lock, first by asking."""
    lock = Lock(state_folder)
    deadline = time.monotonic() + _STOP_SECONDS
    asked = False
    while (holder := lock.holder()) is not None:
        late = time.monotonic() > deadline
        if late or not asked:
            os.kill(holder["pid"], signal.SIGKILL if late else signal.SIGTERM)
            asked = True
        time.sleep(0.1)


def run_tool(*words: str) -> None:
    """Run a tool of the host. Raises ConfigError with what it said."""
    try:
        done = subprocess.run(words, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        raise ConfigError(f"{words[0]} is not on this host.") from None
    if done.returncode != 0:
        said = done.stderr.strip() or f"code {done.returncode}"
        raise ConfigError(f"{' '.join(words)} failed: {said}")


def _write(path: str, text: str, mode: int) -> None:
    with open(path, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)


def _quoted(words: Sequence[str]) -> str:
    if any(set(word) & set(" \"'\\%$") for word in words):
        raise ConfigError(f"the path of {sys.executable} has characters that no service may have.")
    return " ".join(words)
