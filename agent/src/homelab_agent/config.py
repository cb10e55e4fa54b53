"""The agent's settings: flags, then HOMELAB_AGENT_* variables, then an INI file, then defaults."""

from __future__ import annotations

import argparse
import configparser
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homelab_agent.address import parse_address
from homelab_agent.contract import FAMILIES, HOST
from homelab_agent.contract.heartbeat import MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS

DEFAULT_FILE = "/etc/homelab-agent/agent.ini"
SECTION = "agent"
PREFIX = "HOMELAB_AGENT_"


class ConfigError(Exception):
    """A setting that can't be used; the message says which, and how to mend it."""


@dataclass(frozen=True)
class Config:
    """What the agent was told. `token` is resolved from `token_file` where that is given."""

    server: str | None = None
    server_id: str | None = None
    token: str | None = None
    token_file: str | None = None
    interval_seconds: float = 10.0
    spool: str | None = None
    procfs: str = "/proc"
    sysfs: str = "/sys"
    rootfs: str = "/"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    container_sockets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    upsd: tuple[str, int] = ("127.0.0.1", 3493)
    ca_file: str | None = None
    fingerprint: str | None = None
    spool_megabytes: float = 100.0


@dataclass(frozen=True)
class Setting:
    """How one setting is read: `name` in the file, `--name` as a flag, NAME as a variable."""

    name: str
    field: str
    read: Callable[[str], Any]
    help: str


def load(options: argparse.Namespace, environment: Mapping[str, str]) -> Config:
    """Put the settings together. Raises ConfigError."""
    texts: dict[str, tuple[str, str]] = {}
    path = options.config or environment.get(PREFIX + "CONFIG")
    for name, text in _read_file(path or DEFAULT_FILE, required=path is not None).items():
        texts[name] = (text, f"{name} in {path or DEFAULT_FILE}")
    for setting in SETTINGS:
        variable = PREFIX + setting.name.upper().replace("-", "_")
        if environment.get(variable):
            texts[setting.name] = (environment[variable], variable)
        flag = getattr(options, setting.name.replace("-", "_"), None)
        if flag is not None:
            texts[setting.name] = (flag, f"--{setting.name}")
    values = {}
    for setting in SETTINGS:
        if setting.name in texts:
            text, source = texts[setting.name]
            try:
                values[setting.field] = setting.read(text)
            except ValueError as error:
                raise ConfigError(f"{source}: {error}.") from None
    config = Config(**values)
    _check_roots(config)
    return config


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Give a command the flags of every setting; the token alone has none: `ps` shows flags."""
    parser.add_argument("--config", metavar="FILE", help=f"INI file (default: {DEFAULT_FILE})")
    for setting in SETTINGS:
        if setting.name != "token":
            parser.add_argument(f"--{setting.name}", help=setting.help)


def read_token(config: Config) -> str:
    """The agent's token. Raises ConfigError where there is none, or others could read it."""
    if config.token:
        return config.token
    if not config.token_file:
        raise ConfigError(
            "there is no token: enrol this host, or give the file that holds it by --token-file."
        )
    _check_private(config.token_file)
    token = _text_of(config.token_file).strip()
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ConfigError(f"{config.token_file} holds no token: it wants one word in one line.")
    return token


def check(config: Config) -> dict[str, Any]:
    """The settings as facts, without the token. Raises ConfigError for what `run` would refuse."""
    if config.server is None:
        raise ConfigError("there is no server: give its address by --server.")
    read_token(config)
    return {**vars(config), "token": "set"}


def _read_file(path: str, *, required: bool) -> dict[str, str]:
    if not required and not os.path.exists(path):
        return {}
    # A blank after "=" or a percent sign mean nothing special here.
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(_text_of(path), source=path)
    except configparser.Error as error:
        raise ConfigError(f"{path} is no INI file: {' '.join(str(error).split())}.") from None
    if parser.sections() != [SECTION]:
        raise ConfigError(f"{path} wants one section, [{SECTION}].")
    values = dict(parser[SECTION])
    unknown = values.keys() - {setting.name for setting in SETTINGS}
    if unknown:
        raise ConfigError(f"{path} has settings that there are not: {', '.join(sorted(unknown))}.")
    if values.get("token"):
        _check_private(path)
    return values


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} can't be read: it is not UTF-8.") from None


def _check_private(path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    if stat.S_ISREG(mode) and mode & 0o077:
        raise ConfigError(f"{path} holds a token and others can read it: run chmod 600 {path}.")


def _check_roots(config: Config) -> None:
    # A recorded tree may hold few files; a folder that holds none of these is no procfs.
    if not any(
        os.path.exists(f"{config.procfs}/{name}") for name in ("stat", "1", "mounts", "net", "self")
    ):
        raise ConfigError(
            f"procfs {config.procfs} is no procfs: give the folder where the host's /proc is."
        )
    for name, path in (("sysfs", config.sysfs), ("rootfs", config.rootfs)):
        if not os.path.isdir(path):
            raise ConfigError(f"{name} {path} is no folder: give the one where the host's is.")
    if config.ca_file and not os.path.isfile(config.ca_file):
        raise ConfigError(f"ca-file {config.ca_file} is not there.")


def _text(text: str) -> str:
    return text


def _url(text: str) -> str:
    wanted = f"{text!r} is no address of a server such as https://nas.lan:8080"
    try:
        address = parse_address(text)
    except ValueError:
        raise ValueError(wanted) from None
    if address.scheme not in {"http", "https"} or address.user is not None:
        raise ValueError(wanted)
    return text.rstrip("/")


def _server_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,100}", text):
        raise ValueError(f"{text!r} wants 1 to 100 of a-z, 0-9 and -")
    return text


def _interval(text: str) -> float:
    seconds = _number(text.removesuffix("s"))
    if not MIN_INTERVAL_SECONDS <= seconds <= MAX_INTERVAL_SECONDS:
        raise ValueError(f"{text} wants {MIN_INTERVAL_SECONDS} to {MAX_INTERVAL_SECONDS} seconds")
    return seconds


def _megabytes(text: str) -> float:
    megabytes = _number(text)
    if not 1 <= megabytes <= 100_000:
        raise ValueError(f"{text} wants 1 to 100000 megabytes")
    return megabytes


def _number(text: str) -> float:
    if not re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?\s*", text):
        raise ValueError(f"{text!r} is not a number")
    return float(text)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,\n]", text) if part.strip())


def _families(text: str) -> tuple[str, ...]:
    names = _patterns(text)
    # What a host is said to be hangs on the first.
    known = [family.name for family in FAMILIES if family is not HOST]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(known)}")
    return names


def _units(text: str) -> tuple[str, ...]:
    names = _patterns(text)
    for name in names:
        if not re.fullmatch(r"[\w@:.*?\[\]\\][\w@:.*?\[\]\\-]*", name, re.ASCII):
            raise ValueError(f"{name!r} is no name of a unit such as nginx.service")
    return names


def _host_and_port(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?", text)
    if match is None or int(match[2] or 1) > 65_535:
        raise ValueError(f"{text!r} is no host with a port such as nas.lan:3493")
    return match[1], int(match[2] or 3493)


def _folder(text: str) -> str:
    return os.path.abspath(text)


def _fingerprint(text: str) -> str:
    digits = re.sub(r"^sha256:|[:\s]", "", text.lower())
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("wants the SHA-256 of the server's certificate, 64 hexadecimal digits")
    return digits


def read_setting(name: str, text: str) -> Any:
    """The value of one setting, from a flag of its name. Raises ConfigError."""
    setting = next(setting for setting in SETTINGS if setting.name == name)
    try:
        return setting.read(text)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}.") from None


SETTINGS = (
    Setting("server", "server", _url, "address of the server, https://nas.lan:8080"),
    Setting("server-id", "server_id", _server_id, "name of this host there (default: hostname)"),
    Setting("token", "token", _text, "the agent's token"),
    Setting("token-file", "token_file", _folder, "file that holds the agent's token alone"),
    Setting("interval", "interval_seconds", _interval, "seconds between samples, 1 to 3600"),
    Setting("spool", "spool", _folder, "folder for what is not acknowledged yet"),
    Setting("spool-megabytes", "spool_megabytes", _megabytes, "most that may lie in the spool"),
    Setting("procfs", "procfs", _folder, "where the host's /proc is"),
    Setting("sysfs", "sysfs", _folder, "where the host's /sys is"),
    Setting("rootfs", "rootfs", _folder, "where the host's / is"),
    Setting(
        "include", "include", _patterns, "mount points to report against the rules: /tmp,/srv/*"
    ),
    Setting("exclude", "exclude", _patterns, "mount points to leave out: /mnt/backup*"),
    Setting("enable", "enable", _families, "families to measure that are off by default"),
    Setting("disable", "disable", _families, "families to leave out: processor, fan"),
    Setting(
        "container-sockets",
        "container_sockets",
        _patterns,
        "sockets of Docker or Podman, instead of the usual ones: /run/proxy.sock",
    ),
    Setting("units", "units", _units, "units of systemd to watch: nginx.service, docker*"),
    Setting("upsd", "upsd", _host_and_port, "where NUT tells of power supplies: nas.lan:3493"),
    Setting("ca-file", "ca_file", _folder, "certificates to trust instead of the system's"),
    Setting("fingerprint", "fingerprint", _fingerprint, "SHA-256 of the server's certificate"),
)
