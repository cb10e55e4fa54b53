"""Updates that wait, as the package manager of the host knows them: nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from homelab_agent.commands import find, output_of
from homelab_agent.contract import SOFTWARE_UPDATE, SoftwareUpdate
from homelab_agent.host import Host
from homelab_agent.seldom import Seldom
from homelab_agent.workers import Workers

# Working out what an upgrade would do takes a manager a second or two.
EVERY_SECONDS = 6 * 3_600
# A host that starts has other things to do, and an agent that is tried out ends soon.
FIRST_AFTER_SECONDS = 300
# A reboot that is due is one look at two files.
REBOOT_EVERY_SECONDS = 60
_COMMAND_SECONDS = 120
_APT = re.compile(rb"^Inst \S+ (?:\[[^\]]*\] )?\((.*)\)", re.MULTILINE)

Count = tuple[int, "int | None"]


@dataclass(frozen=True)
class Manager:
    """How one package manager is asked; `fine` are the exit codes of one that answered."""

    name: str
    command: tuple[str, ...]
    fine: tuple[int, ...]
    parse: Callable[[bytes], Count]
    # It removes the modules of a kernel that it replaces, the running one's too.
    replaces_modules: bool = False


class SoftwareUpdateCollector:
    """The first package manager that is there; four times a day, and of this root alone."""

    family = SOFTWARE_UPDATE

    def __init__(self, workers: Workers, first_after_seconds: float = FIRST_AFTER_SECONDS) -> None:
        self._counted: Seldom[list[SoftwareUpdate]] = Seldom(
            "updates", workers, EVERY_SECONDS, [], first_after_seconds=first_after_seconds
        )
        self._due: Seldom[bool | None] = Seldom("reboot", workers, REBOOT_EVERY_SECONDS, None)

    def collect(self, host: Host) -> list[SoftwareUpdate]:
        """What was found last; none where no package manager is known."""
        # Of another root, the command would tell of the wrong host.
        if host.moved:
            return []
        counted = self._counted.latest(ask)
        if not counted:
            return []
        due = self._due.latest(partial(reboot_due, host, counted[0].manager))
        (row,) = counted
        return [SoftwareUpdate(row.manager, row.waiting, row.security, due)]


def ask() -> list[SoftwareUpdate]:
    """Ask the first manager that is there and answers. Raises OSError where it hangs."""
    for manager in MANAGERS:
        if find(manager.command[0]) is None:
            continue
        # The least of everybody's wishes for the processor.
        command = ("nice", "-n", "19", *manager.command) if find("nice") else manager.command
        code, text = output_of(command, _COMMAND_SECONDS)
        if code in manager.fine:
            waiting, security = manager.parse(text)
            return [SoftwareUpdate(manager.name, waiting, security)]
    return []


def reboot_due(host: Host, manager: str) -> bool:
    """Whether what runs is older than what is installed, as far as files tell."""
    if host.exists(host.root_path("/run/reboot-required")):  # Debian and Ubuntu
        return True
    if not any(one.name == manager and one.replaces_modules for one in MANAGERS):
        return False
    modules = host.root_path("/lib/modules")
    release = host.text(host.proc_path("sys/kernel/osrelease"))
    installed = host.entries(modules)
    return bool(installed) and bool(release) and release not in installed


def parse_apt(text: bytes) -> Count:
    """What `apt-get -s dist-upgrade` would install, and how much of it for security.

    Inst libssl3 [3.0.15-1] (3.0.16-1~deb12u1 Debian-Security:12/stable-security [amd64])
    """
    origins = [match[1] for match in _APT.finditer(text)]
    return len(origins), sum(b"ecurity" in origin for origin in origins)


def parse_dnf(text: bytes) -> Count:
    """The lines of `dnf check-update`: name.arch, version and repository.

    What it would replace follows under a heading, and is counted above.
    """
    count = 0
    for line in text.split(b"\n"):
        if line.startswith(b"Obsoleting"):
            break
        words = line.split()
        count += len(words) == 3 and b"." in words[0] and not line[:1].isspace()
    return count, None


def parse_pacman(text: bytes) -> Count:
    """The lines of `pacman -Qu`: `linux 6.11.1-1 -> 6.11.2-1`, held ones marked `[ignored]`."""
    lines = (line for line in text.split(b"\n") if b" -> " in line)
    return sum(not line.rstrip().endswith(b"[ignored]") for line in lines), None


def parse_apk(text: bytes) -> Count:
    """The lines of `apk version -l '<'` below its heading: `musl-1.2.5-r0 < 1.2.5-r1`."""
    return sum(b" < " in line and b"Installed:" not in line for line in text.split(b"\n")), None


MANAGERS = (
    Manager(
        "apt",
        ("apt-get", "-s", "-q", "-o", "Debug::NoLocking=1", "dist-upgrade"),
        (0,),
        parse_apt,
    ),
    Manager("dnf", ("dnf", "-q", "-C", "check-update"), (0, 100), parse_dnf),
    Manager("pacman", ("pacman", "-Qu"), (0, 1), parse_pacman, replaces_modules=True),
    Manager("apk", ("apk", "version", "-l", "<"), (0,), parse_apk, replaces_modules=True),
)
