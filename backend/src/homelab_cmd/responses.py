"""JSON answers made from rows as they are, without a second validation."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Response

_encoder = msgspec.json.Encoder()


class RowsResponse(Response):
    """An answer that may hold msgspec structs and dataclasses, as rows are.

    Its shape is documented by the endpoint's `response_model` and proven by tests against it.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as JSON."""
        return _encoder.encode(content)
