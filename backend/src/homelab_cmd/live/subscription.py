"""What a reader of `/ws/live` asks for."""

from __future__ import annotations

from typing import Annotated

import msgspec

from homelab_cmd.errors import Unprocessable
from homelab_cmd.families import family_by_name


class Subscription(msgspec.Struct, frozen=True):
    """Servers and families; None is all of them."""

    servers: frozenset[str] | None = None
    families: frozenset[str] | None = None

    def covers(self, server_id: str) -> bool:
        return self.servers is None or server_id in self.servers


NOTHING = Subscription(servers=frozenset())

_Name = Annotated[str, msgspec.Meta(max_length=100)]


class _Asked(msgspec.Struct):
    servers: Annotated[list[_Name], msgspec.Meta(max_length=1_000)] | None = None
    families: Annotated[list[_Name], msgspec.Meta(max_length=100)] | None = None


_DECODER = msgspec.json.Decoder(_Asked)


def parse_subscription(text: str) -> Subscription:
    """`{"servers": ["nas"] or null, "families": ["filesystem"] or null}`. Raises Unprocessable."""
    try:
        asked = _DECODER.decode(text)
        families = asked.families and [family_by_name(name).name for name in asked.families]
    except KeyError as error:
        raise Unprocessable(f"families: there is no family {error}") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Unprocessable(
            'Send {"servers": [names] or null, "families": [names] or null}.', code="BAD_MESSAGE"
        ) from None
    return Subscription(
        None if asked.servers is None else frozenset(asked.servers),
        None if families is None else frozenset(families),
    )
