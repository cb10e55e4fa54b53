"""Becoming one of a server's hosts: a code for a name and a token."""

from __future__ import annotations

import argparse
import json
import os
import socket
from dataclasses import dataclass

from homelab_agent.config import ConfigError, read_setting
from homelab_agent.transport import Transport, UnreachableError

PATH = "/api/v1/agents/enrol"


@dataclass(frozen=True)
class Invitation:
    """What the pasted line says: where to, and with which code."""

    url: str
    code: str
    same_as: str | None = None
    new_host: bool = False
    fingerprint: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True)
class Membership:
    """What the server answers: who this host is there, and what proves it."""

    server_id: str
    token: str


def invitation_from(options: argparse.Namespace) -> Invitation:
    """The invitation that the flags of a command say. Raises ConfigError."""
    ca_file, fingerprint = options.ca_file, options.fingerprint
    return Invitation(
        url=read_setting("server", options.url),
        code=options.code,
        same_as=options.same_as,
        new_host=options.new_host,
        fingerprint=fingerprint and read_setting("fingerprint", fingerprint),
        ca_file=ca_file and read_setting("ca-file", ca_file),
    )


def exchange(invitation: Invitation, server_guid: str) -> Membership:
    """Show the code to the server. Raises ConfigError with what to do about a refusal."""
    transport = Transport(
        invitation.url,
        ca_file=invitation.ca_file,
        fingerprint=invitation.fingerprint,
        environment=os.environ,
    )
    request = {
        "code": invitation.code,
        "hostname": socket.gethostname(),
        "server_guid": server_guid,
        "same_as": invitation.same_as,
        "new_host": invitation.new_host,
    }
    try:
        answer = transport.post(PATH, json.dumps(request).encode(), gzip=False)
    except UnreachableError as error:
        raise ConfigError(f"{error}.") from None
    finally:
        transport.close()
    if answer.status != 200:
        raise ConfigError(f"the server refuses ({answer.status}): {answer.message}")
    server_id, token = answer.fields.get("server_id"), answer.fields.get("token")
    if not isinstance(server_id, str) or not isinstance(token, str):
        raise ConfigError(f"{invitation.url} does not answer as a HomelabCmd server does.")
    return Membership(server_id, token)


def write_settings(
    folder: str, invitation: Invitation, membership: Membership, extra: dict[str, str]
) -> None:
    """Write agent.ini and the token beside it, for their owner alone. Raises OSError."""
    settings = {
        "server": invitation.url,
        "server-id": membership.server_id,
        "token-file": os.path.join(folder, "token"),
        **extra,
    }
    if invitation.fingerprint:
        settings["fingerprint"] = invitation.fingerprint
    if invitation.ca_file:
        settings["ca-file"] = invitation.ca_file
    lines = ["[agent]", *(f"{name} = {value}" for name, value in settings.items())]
    write_private(os.path.join(folder, "token"), membership.token + "\n")
    write_private(os.path.join(folder, "agent.ini"), "\n".join(lines) + "\n")


def write_private(path: str, text: str) -> None:
    """Replace a file as a whole; nobody else can read it at any moment. Raises OSError."""
    beside = f"{path}.new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # it may have been there, with another mode
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    os.replace(beside, path)
