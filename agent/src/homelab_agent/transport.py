"""One kept connection to the server: TLS, proxies, and answers as values."""

from __future__ import annotations

import binascii
import json
import os
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab_agent import __version__
from homelab_agent.address import Address, parse_address
from homelab_agent.config import ConfigError
from homelab_agent.http1 import Connection, ProtocolError, Response

TIMEOUT_SECONDS = 10.0
_CERTIFICATES = "/etc/ssl/certs"
_MAX_RETRY_AFTER_SECONDS = 3_600.0


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
        self._address = parse_address(url)
        self._fingerprint = fingerprint
        self._proxy = proxy_for(self._address, environment or {})
        self._context = tls_context(ca_file, fingerprint) if self._address.secure else None
        self._connection: Connection | None = None
        self._prefix = self._address.path
        self._headers = {
            "Host": self._address.authority,
            "User-Agent": f"homelab-agent/{__version__}",
            "Content-Type": "application/json",
        }
        if self._proxy and not self._address.secure:
            self._prefix = f"http://{self._address.authority}{self._address.path}"
            self._headers.update(self._proxy.headers)

    @property
    def exposed(self) -> bool:
        """Whether the token travels readable over a network."""
        return not self._address.secure and not self._address.local

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
            return self._exchange(path, headers, body)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self.close()
            if not kept:
                raise UnreachableError(self._reason(error)) from None
        except (OSError, ProtocolError) as error:
            self.close()
            raise UnreachableError(self._reason(error)) from None
        # The server closed the idle connection at the moment when it was used: once more, afresh.
        try:
            return self._exchange(path, headers, body)
        except (OSError, ProtocolError) as error:
            self.close()
            raise UnreachableError(self._reason(error)) from None

    def _exchange(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        response = self._connection.post(self._prefix + path, headers, body)
        if response.headers.get("connection", "").lower() == "close":
            self.close()
        return _answer(response)

    def _connect(self) -> Connection:
        host = self._address.ascii_host
        if self._proxy is None:
            connection = Connection.to_host(host, self._address.port, TIMEOUT_SECONDS)
        else:
            near = self._proxy.address
            connection = Connection.to_host(near.ascii_host, near.port, TIMEOUT_SECONDS)
        try:
            if self._context is not None:
                if self._proxy is not None:
                    connection.tunnel(self._address, self._proxy.headers)
                self._check(connection.secure(self._context, host))
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, certificate: bytes) -> None:
        """Refuse another certificate than the pinned one, before anything is sent."""
        if self._fingerprint is None:
            return
        from hashlib import sha256  # noqa: PLC0415 - needed by those who pin, and at connecting

        found = sha256(certificate).hexdigest()
        if found != self._fingerprint:
            raise UnreachableError(
                f"{self._address.authority} is not trusted: its certificate has another"
                f" fingerprint, {found}"
            )

    def _reason(self, error: Exception) -> str:
        where = self._address.authority
        if self._proxy:
            where += f" through the proxy {self._proxy.address.authority}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate of {where} is not trusted: {error.verify_message}"
        if isinstance(error, ssl.SSLError):
            return f"no TLS with {where}: {error.reason}"
        if isinstance(error, socket.gaierror):
            named = self._proxy.address if self._proxy else self._address
            return f"the name {named.host} is not known: {error.strerror}"
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

    address: Address
    headers: dict[str, str]


def proxy_for(target: Address, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that the usual variables name for an address. This machine never needs one.

    Raises ConfigError for one that can't be used.
    """
    if target.local or _no_proxy(target.host, _variable(environment, "no_proxy") or ""):
        return None
    # HTTP_PROXY in capitals is left alone: CGI servers fill it from a request's Proxy header.
    own = _variable(environment, "https_proxy") if target.secure else environment.get("http_proxy")
    url = own or _variable(environment, "all_proxy")
    if not url:
        return None
    try:
        address = parse_address(url if "://" in url else f"http://{url}")
    except ValueError:
        address = None
    if address is None or address.scheme != "http":
        raise ConfigError("the proxy of the environment is none like http://proxy.lan:3128.")
    headers = {}
    if address.user is not None:
        pair = re.sub(rb"%([0-9A-Fa-f]{2})", _unquoted, address.user.encode())
        encoded = binascii.b2a_base64(pair, newline=False).decode("ascii")
        headers["Proxy-Authorization"] = f"Basic {encoded}"
    return Proxy(address, headers)


def _unquoted(match: re.Match[bytes]) -> bytes:
    return binascii.unhexlify(match[1])


def _variable(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(name) or environment.get(name.upper())


def _no_proxy(host: str, listed: str) -> bool:
    for entry in listed.split(","):
        suffix = entry.strip().lstrip("*").lstrip(".").lower()
        if entry.strip() == "*" or (suffix and (host == suffix or host.endswith("." + suffix))):
            return True
    return False


def tls_context(ca_file: str | None, fingerprint: str | None) -> ssl.SSLContext:
    """What is trusted: the system's certificates, or those of a file, or all where one is pinned.

    Raises ConfigError.
    """
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


def _answer(response: Response) -> Answer:
    try:
        fields = json.loads(response.body)
    except (ValueError, RecursionError):
        fields = None
    text = response.headers.get("retry-after", "")
    return Answer(
        response.status,
        fields if isinstance(fields, dict) else {},
        min(float(text), _MAX_RETRY_AFTER_SECONDS) if text.isdecimal() else None,
    )
