"""HTTPS without a proxy: a certificate that is given, or one of our own that agents pin."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import ipaddress
import os
import socket
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings

# A pinned certificate isn't renewed: every agent would have to be told.
_LIFETIME = dt.timedelta(days=20 * 365)
_CLOCK_MARGIN = dt.timedelta(days=2)  # hosts without a clock start in the past


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files that a TLS server needs."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Pins:
    """What names our own certificate, for those who can't check a signature on it.

    fingerprint:  SHA-256 of the certificate, in hexadecimal digits
    public_key:   SHA-256 of its public key in base64, as curl and wget want it
    """

    fingerprint: str
    public_key: str


def certificate_of(settings: Settings) -> Certificate | None:
    """The certificate to serve with, made where need be; None for plain HTTP.

    Raises StartupError where the files can't be used, or everybody can read the key.
    """
    if settings.tls_self_signed:
        found = _own(settings.data_dir)
        if not found.certificate.exists():
            _make(found, settings.host)
    elif settings.tls_cert is not None and settings.tls_key is not None:
        found = Certificate(settings.tls_cert, settings.tls_key)
    elif settings.tls_cert is not None or settings.tls_key is not None:
        raise StartupError("A certificate needs its key: give both --tls-cert and --tls-key.")
    else:
        return None
    _check(found)
    return found


def own_pins(settings: Settings, url: str) -> Pins | None:
    """How agents that are told `url` know this server: None where its certificate isn't our own."""
    path = _own(settings.data_dir).certificate
    if settings.tls_cert is not None or not url.startswith("https://") or not path.exists():
        return None
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    public_key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pins(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        public_key=base64.b64encode(hashlib.sha256(public_key).digest()).decode(),
    )


def _own(data_dir: Path) -> Certificate:
    return Certificate(data_dir / "tls" / "certificate.pem", data_dir / "tls" / "key.pem")


def _make(own: Certificate, host: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "HomelabCmd")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_MARGIN)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own.key.parent.mkdir(mode=0o700, exist_ok=True)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(own.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(private)
    own.certificate.write_bytes(certificate.public_bytes(pem))


def _names(host: str) -> list[x509.GeneralName]:
    """The names that a browser may use; agents go by the fingerprint alone."""
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(socket.gethostname())]
    for address in dict.fromkeys(("127.0.0.1", "::1", host)):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        except ValueError:
            names.append(x509.DNSName(address))
    return names


def _check(found: Certificate) -> None:
    try:
        mode = found.key.stat().st_mode
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(found.certificate, found.key)
    except ssl.SSLError as error:
        raise StartupError(
            f"{found.certificate} and {found.key} are no certificate with its key in PEM form "
            f"({error.reason or 'unreadable'})."
        ) from None
    except OSError as error:
        raise StartupError(f"{error.filename or found.certificate}: {error.strerror}.") from None
    if mode & stat.S_IROTH:
        raise StartupError(
            f"Everybody on this machine can read the key {found.key}: run chmod o-r {found.key}."
        )
