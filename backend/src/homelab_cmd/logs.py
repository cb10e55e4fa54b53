"""The server's own log, uvicorn's included: a line an entry, as text or as JSON.

What hosts and callers sent may stand in it. So that it can neither forge an entry nor drive a
terminal, control characters are written as escapes; JSON escapes all that is not ASCII.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Literal

from homelab_cmd.clock import iso

LogFormat = Literal["text", "json"]

# C0 but the tab, DEL, C1, line and paragraph separators, and what turns the reading direction.
_ACTIVE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def configure(level: str, log_format: LogFormat) -> None:
    """Send all logging to stderr, once per process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("alembic", "uvicorn.error"):  # their news is of no use to an owner
        logging.getLogger(chatty).setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """`LEVEL logger: message`; the lines of a traceback follow."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return _inert(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's own name
        text = super().formatException(ei)  # type: ignore[arg-type]  # the base class's own triple
        return "\n".join(_inert(line) for line in text.split("\n"))


class JsonLines(logging.Formatter):
    """An object a line: time, level, logger, message, exception, and what `extra` gave."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": iso(round(record.created * 1_000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        given = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        return json.dumps({**given, **entry}, default=str)


def _inert(text: str) -> str:
    return _ACTIVE.sub(lambda found: ascii(found[0])[1:-1], text)
