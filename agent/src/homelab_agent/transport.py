"""One kept connection to the server: TLS, proxies, and answers as values."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from homelab_agent import __version__
from homelab_agent.config import ConfigError

TIMEOUT_SECONDS = 10.0
_MAX_ANSWER_BYTES = 4 << 20
_CERTIFICATES = "/etc/ssl/certs"
_LOCAL = ("localhost", "127.", "::1")


class UnreachableError(Exception):
    """No answer: the text says in one sentence why."""


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    fields: dict[str, Any]
    retry_after_seconds: float | None = None

    @property
    def detail(self) -> dict[str, Any]:
        """`code` and `message` of an error, as far as it has them."""
        detail = self.fields.get("detail")
        return detail if isinstance(detail, dict) else {}

    @property
    def code(self) -> str:
        return str(self.detail.get("code", ""))

    @property
    def message(self) -> str:
        return str(self.detail.get("message") or f"status {self.status}")[:500]


class Transport:
    """Posts to one server over a connection that is kept.

    ca_file:      trust these certificates instead of the system's
    fingerprint:  trust the one certificate whose SHA-256 this is, whoever signed it
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: str | None = None,
        fingerprint: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path
        self._fingerprint = fingerprint
        self._proxy = proxy_for(parts.scheme, self._host, environment or {})
        self._context = _context(ca_file, fingerprint) if self._secure else None
        self._connection: http.client.HTTPConnection | None = None
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": f"homelab-agent/{__version__}",
        }
        if self._proxy and not self._secure:
            self._prefix = f"http://{parts.netloc}{parts.path}"
            self._headers.update(self._proxy.headers)

    @property
    def exposed(self) -> bool:
        """Whether the token travels readable over a network."""
        return not self._secure and not self._host.startswith(_LOCAL)

    def post(
        self, path: str, body: bytes, *, token: str | None = None, gzip: bool = True
    ) -> Answer:
        """Post a body of JSON, and wait for the answer. Raises UnreachableError."""
        headers = dict(self._headers)
        if gzip:
            headers["Content-Encoding"] = "gzip"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        kept = self._connection is not None
        try:
            return self._exchange(path, body, headers)
        except (ConnectionError, http.client.RemoteDisconnected, ssl.SSLEOFError) as error:
            self.close()
            if not kept:
                raise UnreachableError(self._reason(error)) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnreachableError(self._reason(error)) from None
        # The server closed the idle connection at the moment when it was used: once more, afresh.
        try:
            return self._exchange(path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnreachableError(self._reason(error)) from None

    def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request("POST", self._prefix + path, body, headers)
        response = self._connection.getresponse()
        content = response.read(_MAX_ANSWER_BYTES)
        if response.will_close or not response.isclosed():
            self.close()
        return Answer(response.status, _object(content), _seconds(response.headers["Retry-After"]))

    def _connect(self) -> http.client.HTTPConnection:
        proxy = self._proxy
        host, port = (proxy.host, proxy.port) if proxy else (self._host, self._port)
        connection: http.client.HTTPConnection
        if self._context is None:
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                host, port, timeout=TIMEOUT_SECONDS, context=self._context
            )
            if proxy:
                connection.set_tunnel(self._host, self._port, proxy.headers)
        connection.connect()
        if self._fingerprint:
            self._check_fingerprint(connection)
        return connection

    def _check_fingerprint(self, connection: http.client.HTTPConnection) -> None:
        # Nothing was sent yet: a stranger sees neither token nor sample.
        secured = connection.sock
        assert isinstance(secured, ssl.SSLSocket)  # noqa: S101 - connect() made it so
        certificate = secured.getpeercert(binary_form=True)
        found = hashlib.sha256(certificate or b"").hexdigest()
        if not hmac.compare_digest(found, self._fingerprint or ""):
            connection.close()
            raise UnreachableError(
                f"{self._host}:{self._port} is not trusted: its certificate has another"
                f" fingerprint, {found}"
            )

    def _reason(self, error: Exception) -> str:
        where = f"{self._host}:{self._port}"
        if self._proxy:
            where += f" through the proxy {self._proxy.host}:{self._proxy.port}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate of {where} is not trusted: {error.verify_message}"
        if isinstance(error, ssl.SSLError):
            return f"no TLS with {where}: {error.reason}"
        if isinstance(error, socket.gaierror):
            return f"the name {self._host} is not known: {error.strerror}"
        if isinstance(error, TimeoutError):
            return f"{where} does not answer within {TIMEOUT_SECONDS:.0f} s"
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return f"{where} can't be reached: {text or type(error).__name__}"

    def close(self) -> None:
        """Close the connection; the next post opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy on the way, with what it wants to be told."""

    host: str
    port: int
    headers: dict[str, str]


def proxy_for(scheme: str, host: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that the usual variables name for this host. This machine never needs one."""
    if host.startswith(_LOCAL) or _no_proxy(host, _variable(environment, "no_proxy") or ""):
        return None
    # HTTP_PROXY in capitals is left alone: CGI servers fill it from a request's Proxy header.
    url = (
        _variable(environment, "https_proxy")
        if scheme == "https"
        else environment.get("http_proxy")
    )
    url = url or _variable(environment, "all_proxy")
    if not url:
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        raise ConfigError(f"the proxy {parts.scheme}://{parts.hostname} is not of the http kind.")
    headers = {}
    if parts.username is not None:
        from base64 import b64encode  # noqa: PLC0415 - few need it, and it stays in memory

        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return Proxy(parts.hostname, parts.port or 3128, headers)


def _variable(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(name) or environment.get(name.upper())


def _no_proxy(host: str, listed: str) -> bool:
    for entry in listed.split(","):
        suffix = entry.strip().lstrip("*").lstrip(".").lower()
        if entry.strip() == "*" or (suffix and (host == suffix or host.endswith("." + suffix))):
            return True
    return False


def _context(ca_file: str | None, fingerprint: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if fingerprint:
        # The fingerprint names the one certificate: a chain and a name would add nothing.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigError(f"ca-file {ca_file} holds no certificate in PEM form.") from None
    elif _is_hashed(_CERTIFICATES):
        # From a hashed folder OpenSSL takes the one certificate that it needs; the bundle of all
        # of them would stay in memory, 2 MB of it.
        context.load_verify_locations(capath=_CERTIFICATES)
    else:
        context.load_default_certs()
    return context


def _is_hashed(folder: str) -> bool:
    if any(name in os.environ for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")):
        return False
    try:
        return any(name.endswith(".0") for name in os.listdir(folder))
    except OSError:
        return False


def _object(content: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _seconds(text: str | None) -> float | None:
    return min(float(text), 3_600.0) if text and text.isdecimal() else None
