"""Fetching a file from the server; for commands, not for the agent that runs."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from homelab_agent.config import Config, ConfigError
from homelab_agent.transport import tls_context

_TIMEOUT_SECONDS = 60
_MAX_BYTES = 32 << 20


def download(config: Config, path: str) -> bytes:
    """The content of `path` on the server, trusted as heartbeats are. Raises ConfigError."""
    if config.server is None:
        raise ConfigError("there is no server: enrol this host first.")
    url = config.server + path
    try:
        with _pinned(config, url) if config.fingerprint else _opened(config, url) as answer:
            content = bytes(answer.read(_MAX_BYTES))
            if answer.status != 200:
                raise ConfigError(f"{url} answers {answer.status}.")
    except (OSError, http.client.HTTPException) as error:
        raise ConfigError(f"{url} can't be fetched: {error}.") from None
    return content


def _opened(config: Config, url: str) -> http.client.HTTPResponse:
    handler = urllib.request.HTTPSHandler(context=tls_context(config.ca_file, None))
    answer: http.client.HTTPResponse = urllib.request.build_opener(handler).open(
        url, timeout=_TIMEOUT_SECONDS
    )
    return answer


def _pinned(config: Config, url: str) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(
        parts.netloc, context=tls_context(None, config.fingerprint), timeout=_TIMEOUT_SECONDS
    )
    connection.connect()
    found = hashlib.sha256(connection.sock.getpeercert(binary_form=True) or b"").hexdigest()
    if found != config.fingerprint:
        connection.close()
        raise ConfigError(f"{parts.netloc} has a certificate with another fingerprint, {found}.")
    connection.request("GET", parts.path)
    return connection.getresponse()
