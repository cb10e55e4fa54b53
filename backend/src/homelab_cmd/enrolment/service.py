"""The exchange of a code for a token, within the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from homelab_cmd.auth import audit
from homelab_cmd.auth.agent_tokens import AgentTokens, rotate_agent_token
from homelab_cmd.auth.principals import Client
from homelab_cmd.enrolment.codes import claim_code
from homelab_cmd.errors import Conflict, Forbidden
from homelab_cmd.servers import service as servers
from homelab_cmd.servers.models import Server

ACTOR = "enrolment"
_MAX_SLUG_CHARACTERS = 90  # leaves room for a number behind it

IsReporting = Callable[[Server], bool]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What a host says of itself when it shows its code."""

    hostname: str
    guid: str
    same_as: str | None = None
    new_host: bool = False


def enrol(
    session: Session,
    tokens: AgentTokens,
    code: str,
    newcomer: Newcomer,
    *,
    is_reporting: IsReporting,
    client: Client,
) -> tuple[str, str]:
    """The server_id and the token for a host with a valid code.

    A known guid is the same server. Raises Forbidden for a bad code, NotFound where `same_as` is
    unknown, Conflict where the host may be one that we know; the code then stays good.
    """
    meant_for = claim_code(session, code)
    if meant_for is None:
        raise Forbidden(
            "This enrolment code is not valid (any more); make a new one.", code="BAD_CODE"
        )
    server = _server_of(session, newcomer, meant_for or newcomer.same_as, is_reporting)
    tokens.follow(session)
    secret = rotate_agent_token(session, server.id, server.server_id, actor=ACTOR, client=client)
    audit.record(session, "enrolled", actor=ACTOR, subject=server.server_id, client=client)
    return server.server_id, secret


def _server_of(
    session: Session, newcomer: Newcomer, named: str | None, is_reporting: IsReporting
) -> Server:
    known = servers.server_with_guid(session, newcomer.guid)
    if known is not None:
        if named not in {None, known.server_id}:
            raise Conflict(
                f"This host is the server {known.server_id} already, not {named}.",
                code="KNOWN_HOST",
            )
        return known
    if named is not None:
        return _installed_anew(servers.get_server(session, named), newcomer.guid)
    slug = slug_of(newcomer.hostname)
    namesake = None if newcomer.new_host else servers.find_server(session, slug)
    if namesake is None or is_reporting(namesake):
        # One that still reports can't be this host, whatever its name.
        return servers.create_server(session, _free(session, slug), guid=newcomer.guid)
    if namesake.guid is None and namesake.last_seen_ms is None:
        return _installed_anew(namesake, newcomer.guid)  # made by hand, waiting for its host
    raise Conflict(
        f"There is a server {slug} that does not report. Is it this host, installed anew? Then "
        f"enrol with --same-as {slug}; if it is another one, with --new-host.",
        code="SAME_HOST",
        extra={"candidate": slug},
    )


def _installed_anew(server: Server, guid: str) -> Server:
    server.guid = guid
    return server


def slug_of(hostname: str) -> str:
    """`NAS.lan` → `nas`: the name's first label in the letters of a server_id."""
    label = hostname.split(".", maxsplit=1)[0].lower()
    slug = re.sub(r"[^a-z0-9]+", "-", label).strip("-")
    return slug[:_MAX_SLUG_CHARACTERS].rstrip("-") or "host"


def _free(session: Session, slug: str) -> str:
    """The slug, or the first of `slug-2`, `slug-3` … that no server has or lately had."""
    name, number = slug, 1
    while servers.name_is_taken(session, name):
        number += 1
        name = f"{slug}-{number}"
    return name
