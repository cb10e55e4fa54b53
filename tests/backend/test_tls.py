"""HTTPS by ourselves, asked by what a new host has: curl, wget, Python."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings, load_settings
from homelab_cmd.tls import Certificate, certificate_of, own_pins

from tests.backend.real_server import RealServer, running

URL = "https://nas.lan:8080"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, tls_self_signed=True)


def made(settings: Settings) -> Certificate:
    certificate = certificate_of(settings)
    assert certificate is not None
    return certificate


def test_our_certificate_is_made_once_and_its_key_is_private(settings: Settings) -> None:
    first = made(settings)
    assert first.key.stat().st_mode & 0o077 == 0
    content = first.certificate.read_bytes()
    pins = own_pins(settings, URL)
    assert made(settings).certificate.read_bytes() == content
    assert own_pins(settings, URL) == pins
    assert pins is not None
    assert len(pins.fingerprint) == 64


def test_plain_http_has_no_certificate(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert certificate_of(settings) is None
    assert own_pins(settings, URL) is None


def test_a_given_certificate_is_not_pinned(settings: Settings) -> None:
    own = made(settings)
    given = Settings(data_dir=settings.data_dir, tls_cert=own.certificate, tls_key=own.key)
    assert certificate_of(given) == own
    assert own_pins(given, URL) is None


def test_what_is_behind_plain_http_has_no_pin(settings: Settings) -> None:
    made(settings)
    assert own_pins(settings, "http://nas.lan:8080") is None


def test_a_key_that_everybody_can_read_is_refused(settings: Settings) -> None:
    own = made(settings)
    own.key.chmod(0o644)
    with pytest.raises(StartupError, match="chmod o-r"):
        certificate_of(settings)


@pytest.mark.parametrize("missing", ["tls_key", "tls_cert"])
def test_a_certificate_needs_its_key(settings: Settings, missing: str) -> None:
    own = made(settings)
    given = {"tls_cert": own.certificate, "tls_key": own.key, missing: None}
    with pytest.raises(StartupError, match="both"):
        certificate_of(load_settings(data_dir=settings.data_dir, **given))


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_what_is_no_certificate_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "cert.pem").write_text(content)
    (tmp_path / "key.pem").write_text(content)
    (tmp_path / "key.pem").chmod(0o600)
    given = Settings(
        data_dir=tmp_path, tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "key.pem"
    )
    with pytest.raises(StartupError, match=r"cert\.pem"):
        certificate_of(given)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with running(tmp_path_factory.mktemp("data"), "--tls-self-signed") as started:
        yield started


@pytest.mark.parametrize("tool", ["curl", "wget", "python"])
def test_the_pasted_line_fetches_from_our_certificate_alone(server: RealServer, tool: str) -> None:
    if tool != "python" and shutil.which(tool) is None:
        pytest.skip(f"there is no {tool} here")
    lines = json.loads(server.command("enrol", "--url", server.url, "--json"))["lines"]
    fetch = lines[tool].partition(" | sh ")[0]
    fetched = subprocess.run(["sh", "-c", fetch], check=False, capture_output=True, text=True)
    assert fetched.returncode == 0, fetched.stderr
    assert fetched.stdout.startswith("#!/bin/sh\n")

    settings = Settings(data_dir=server.data_dir)
    pins = own_pins(settings, server.url)
    assert pins is not None
    other = fetch.replace(pins.fingerprint, "0" * 64).replace(pins.public_key, "A" * 43 + "=")
    assert other != fetch
    refused = subprocess.run(["sh", "-c", other], check=False, capture_output=True, text=True)
    assert refused.returncode != 0
    assert refused.stdout == ""


def test_it_speaks_tls_and_nothing_older_than_1_2(server: RealServer) -> None:
    context = ssl.create_default_context(cafile=server.data_dir / "tls" / "certificate.pem")
    connection = http.client.HTTPSConnection("localhost", server.port, context=context)
    connection.request("GET", "/api/v1/system/health")
    assert connection.getresponse().status == 200
    assert connection.sock.version() in {"TLSv1.2", "TLSv1.3"}
    connection.close()
