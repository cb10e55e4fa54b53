"""Asks one Netdata daemon, in whichever version of its API it speaks."""

from __future__ import annotations

from urllib.parse import quote

import anyio
import httpx

from homelab_cmd.errors import Unavailable
from homelab_cmd.netdata.parse import BadAnswer, Table, Window, parse_table
from homelab_cmd.outgoing import (
    Answer,
    BadUrl,
    Broken,
    OutgoingClient,
    OutgoingError,
    TimedOut,
    Unreachable,
    checked_url,
    without_password,
)

DEADLINE_SECONDS = 5.0
MAX_ANSWER_BYTES = 2 << 20  # forty times the largest answer recorded

_NEWEST = 3

_HINTS: dict[type[OutgoingError], str] = {
    Unreachable: "; is it running, and listening there?",
    TimedOut: "; is the daemon frozen, or the host behind a firewall?",
    Broken: "; does its 'allow connections from' let this host in?",
}

_COMPLAINTS = {
    401: "wants a user and a password (401)",
    403: "forbids the query (403)",
    412: "has bearer protection on and wants a login at Netdata Cloud (412)",
    451: "has an access list that leaves this host out (451); see 'allow dashboard from'",
    504: "ran out of time over the query (504)",
}


class Daemon:
    """A Netdata daemon. `node` selects one host of a parent, by name or machine GUID.

    The version that answered is remembered until it stops answering, or until the daemon's
    Server header says that it is another release.
    """

    def __init__(self, url: str, node: str = "") -> None:
        """Take any URL: what is wrong with it is said by `problem` and by every `read`."""
        self.node = node
        self.problem = ""
        self._url = httpx.URL("")
        self._remembered: tuple[int, str] | None = None
        try:
            self._url = checked_url(url)
        except BadUrl as error:
            self.problem = f"The URL in HOMELAB_CMD_NETDATA_URL {error}."
        self._client = OutgoingClient(seconds=DEADLINE_SECONDS, max_bytes=MAX_ANSWER_BYTES)

    async def read(self, context: str, window: Window) -> Table | None:
        """What the context holds, None where the daemon knows no such context.

        Takes 5 seconds at most. Raises Unavailable with a sentence that names the cause.
        """
        if self.problem:
            raise self._unavailable(self.problem)
        try:
            with anyio.fail_after(DEADLINE_SECONDS):
                table = await self._table(context, window, self.node)
                if table is not None and table.foreign and not self.node:
                    # A parent answers the mean of all its nodes unless told which one.
                    table = await self._table(context, window, table.foreign)
        except TimeoutError:
            raise self._complaint(
                f"gave no whole answer within {DEADLINE_SECONDS:g} s{_HINTS[TimedOut]}"
            ) from None
        except OutgoingError as error:
            raise self._complaint(f"{error}{_HINTS.get(type(error), '')}") from None
        except BadAnswer as error:
            raise self._complaint(str(error)) from None
        return table

    def nothing_known(self) -> Unavailable:
        """The error for a daemon that has none of the contexts we ask for."""
        if self.node:
            return self._complaint(f"has nothing of the node {self.node!r}; is that one connected?")
        return self._complaint("has no such context: neither system.cpu, .ram, .io nor .net")

    async def _table(self, context: str, window: Window, node: str) -> Table | None:
        remembered = self._remembered
        version, answer = await self._ask(context, window, node)
        if _is_unknown_context(answer):
            return None
        if answer.status != httpx.codes.OK:
            raise BadAnswer(_status_complaint(answer.status))
        release = answer.headers.get("Server", "")
        if remembered and remembered[0] == version and remembered[1] != release:
            self._remembered = None  # it may speak a newer version by now: ask from the top again
        else:
            self._remembered = (version, release)
        return parse_table(answer.body)

    async def _ask(self, context: str, window: Window, node: str) -> tuple[int, Answer]:
        """The first answer that does not say "no such API", and the version that gave it."""
        first = self._remembered[0] if self._remembered else _NEWEST
        rest = [version for version in (3, 2, 1) if version != first]
        for version in (first, *rest):
            path, params = _query(version, context, window, node)
            url = self._url.copy_with(path=self._url.path.rstrip("/") + path)
            answer = await self._client.get(url, params)
            if answer.status != httpx.codes.NOT_FOUND or _is_unknown_context(answer):
                return version, answer
        raise BadAnswer("knows no data API in version 3, 2 or 1 (404); is it a Netdata?")

    def _complaint(self, predicate: str) -> Unavailable:
        return self._unavailable(f"Netdata at {without_password(self._url)} {predicate}.")

    def _unavailable(self, sentence: str) -> Unavailable:
        return Unavailable(
            sentence.replace("?.", "?"), retry_after_seconds=5, code="NETDATA_UNAVAILABLE"
        )


def _query(
    version: int, context: str, window: Window, node: str
) -> tuple[str, dict[str, str | int]]:
    """Path and parameters of a data query. `contexts` always: without it all are answered."""
    span = {"after": -window.span_seconds, "points": window.points}
    unaligned = ["unaligned"] if window.unaligned else []
    if version == 1:
        host = f"/host/{quote(node, safe='')}" if node else ""
        options = ",".join(["seconds", "jsonwrap", *unaligned])
        return f"{host}/api/v1/data", {
            "chart": context,
            **span,
            "format": "json",
            "options": options,
        }
    params: dict[str, str | int] = {"contexts": context, **span}
    if node:
        params["scope_nodes"] = node
    if unaligned:
        params["options"] = ",".join(unaligned)
    return f"/api/v{version}/data", params


def _is_unknown_context(answer: Answer) -> bool:
    """Whether a v1 answer says that the chart, or the host in the path, is unknown.

    1.37 says the first, older releases the second, all of them the third.
    """
    text = answer.body[:200].lower()
    return answer.status == httpx.codes.NOT_FOUND and any(
        sentence in text
        for sentence in (b"no metrics where", b"chart is not found", b"not maintain a database")
    )


def _status_complaint(status: int) -> str:
    if status in _COMPLAINTS:
        return _COMPLAINTS[status]
    if 300 <= status < 400:
        return f"redirects elsewhere ({status}), which is not followed; set the final URL"
    return f"answers with the status {status}"
