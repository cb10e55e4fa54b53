"""Settling on a host, and leaving it without a trace. Both need root; the agent itself does not."""

from __future__ import annotations

import configparser
import grp
import os
import pwd
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress

from homelab_agent.config import Config, ConfigError
from homelab_agent.download import download
from homelab_agent.enrol import Invitation, exchange, write_settings
from homelab_agent.services import Service, run_tool, start, stop
from homelab_agent.state import load_state

USER = "homelab-agent"
PROGRAM_FOLDER = "/usr/local/lib/homelab-agent"
PROGRAM = f"{PROGRAM_FOLDER}/homelab-agent.pyz"
COMMAND = "/usr/local/bin/homelab-agent"
CONFIG_FOLDER = "/etc/homelab-agent"
STATE_FOLDER = "/var/lib/homelab-agent"


def install(invitation: Invitation, extra: dict[str, str]) -> str:
    """Enrol this host and keep its agent running; what to tell the person.

    `extra` are further lines of agent.ini. A refused code leaves nothing behind. Over an
    installation that is there it changes server and token, and keeps who the host is.
    Raises ConfigError.
    """
    _need_root()
    was_there = os.path.exists(STATE_FOLDER)
    os.makedirs(STATE_FOLDER, mode=0o700, exist_ok=True)
    try:
        membership = exchange(invitation, load_state(STATE_FOLDER).server_guid)
    except ConfigError:
        if not was_there:
            shutil.rmtree(STATE_FOLDER)
        raise
    account = _account()
    program = _settle_program()
    os.makedirs(CONFIG_FOLDER, mode=0o750, exist_ok=True)
    if _server_id_so_far() != membership.server_id:
        _forget_unsent()
    write_settings(CONFIG_FOLDER, invitation, membership, {"spool": STATE_FOLDER, **extra})
    for folder in (CONFIG_FOLDER, STATE_FOLDER):
        _give_to(folder, account)
    where = start(_service(account, program))
    return f"This host is {membership.server_id} now. Its agent: {where}"


def update(config: Config) -> str:
    """Take the program of the server's version, if it runs here; what to tell the person.

    Raises ConfigError; the program that is there then stays and runs on.
    """
    _need_root()
    if not os.path.exists(PROGRAM):
        raise ConfigError("no agent was installed by `install` here: update it the way it came.")
    content = download(config, "/agent/homelab-agent.pyz")
    with open(PROGRAM, "rb") as file:
        if file.read() == content:
            return "This agent is of the server's version already."
    beside = f"{PROGRAM}.new"
    with open(beside, "wb") as file:
        os.fchmod(file.fileno(), 0o755)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        run_tool(sys.executable, beside, "check-config", "--config", f"{CONFIG_FOLDER}/agent.ini")
    except ConfigError as error:
        os.unlink(beside)
        raise ConfigError(f"the server's version does not run here; {error}") from None
    os.replace(beside, PROGRAM)
    where = start(_service(_account(), PROGRAM))
    return f"The agent is of the server's version now: {where}"


def uninstall() -> None:
    """Stop the agent and remove all that `install` made, its user included. Raises ConfigError."""
    _need_root()
    stop(STATE_FOLDER)
    for folder in (CONFIG_FOLDER, STATE_FOLDER, PROGRAM_FOLDER):
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
    if os.path.islink(COMMAND) and os.readlink(COMMAND) == PROGRAM:
        os.unlink(COMMAND)
    _remove_account()


def _service(account: pwd.struct_passwd, program: str) -> Service:
    python = _python_for(account, program)
    return Service(
        command=[python, program, "run", "--config", f"{CONFIG_FOLDER}/agent.ini"],
        user=USER,
        uid=account.pw_uid,
        gid=account.pw_gid,
        state_folder=STATE_FOLDER,
    )


def _need_root() -> None:
    if os.geteuid() != 0:
        raise ConfigError("this makes a user and a service: run it as root.")


def _settle_program() -> str:
    """Where the program lies from now on: a zipapp is copied, an installed package stays."""
    running = os.path.abspath(sys.argv[0])
    if not zipfile.is_zipfile(running):
        return running
    os.makedirs(PROGRAM_FOLDER, mode=0o755, exist_ok=True)
    if running != PROGRAM:
        beside = f"{PROGRAM}.new"
        shutil.copyfile(running, beside)
        os.chmod(beside, 0o755)  # noqa: S103 - a program that everybody may run
        os.replace(beside, PROGRAM)
    if not os.path.lexists(COMMAND):
        os.makedirs(os.path.dirname(COMMAND), exist_ok=True)
        os.symlink(PROGRAM, COMMAND)
    return PROGRAM


def _server_id_so_far() -> str | None:
    parser = configparser.ConfigParser(interpolation=None)
    with suppress(configparser.Error):
        parser.read(f"{CONFIG_FOLDER}/agent.ini", encoding="utf-8")
    return parser.get("agent", "server-id", fallback=None)


def _forget_unsent() -> None:
    """What waits under another name would be refused for ever, and hold up what comes after."""
    stop(STATE_FOLDER)  # at its end an agent writes down what it holds
    for name in os.listdir(STATE_FOLDER):
        if name == "recent" or name.startswith("segment-"):
            os.unlink(os.path.join(STATE_FOLDER, name))


def _python_for(account: pwd.struct_passwd, program: str) -> str:
    """The interpreter that the agent's user may run; that of root may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            done = subprocess.run(
                [python, program, "--version"],
                check=False,
                capture_output=True,
                cwd="/",
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=[],
            )
            if done.returncode == 0:
                return python
    raise ConfigError(f"{sys.executable} is not for everybody: install python3 for all users.")


def _give_to(folder: str, account: pwd.struct_passwd) -> None:
    for path in [folder, *(os.path.join(folder, name) for name in os.listdir(folder))]:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _account() -> pwd.struct_passwd:
    """The agent's user, made where there is none: no shell, no home, no rights."""
    with suppress(KeyError):
        return pwd.getpwnam(USER)
    if shutil.which("useradd"):  # shadow, on nearly every distribution
        home = ["--no-create-home", "--home-dir", STATE_FOLDER]
        run_tool("useradd", "--system", "--user-group", *home, "--shell", "/usr/sbin/nologin", USER)
    elif shutil.which("adduser"):  # busybox, on Alpine
        run_tool("addgroup", "-S", USER)
        home = ["-H", "-h", STATE_FOLDER]
        run_tool("adduser", "-S", "-D", *home, "-s", "/sbin/nologin", "-G", USER, USER)
    else:
        raise ConfigError(
            f"this host has neither useradd nor adduser: make the user {USER} by hand."
        )
    return pwd.getpwnam(USER)


def _remove_account() -> None:
    with suppress(KeyError):
        pwd.getpwnam(USER)
        run_tool("userdel" if shutil.which("userdel") else "deluser", USER)
    with suppress(KeyError):
        grp.getgrnam(USER)  # most tools remove it with its user
        run_tool("groupdel" if shutil.which("groupdel") else "delgroup", USER)
