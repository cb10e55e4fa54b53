"""`homelab-cmd serve`: the server."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path

from homelab_cmd import logs
from homelab_cmd.commands.common import Subparsers, add_database_flags, prepare_data_dir
from homelab_cmd.commands.listening import listen
from homelab_cmd.commands.lock import server_lock
from homelab_cmd.commands.workers import run_workers
from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings, load_settings
from homelab_cmd.tls import certificate_of, own_pins

# Agents send every 10 s and keep their connection; uvicorn's own 5 s would shake hands each time.
KEEP_ALIVE_SECONDS = 75
MAX_STREAM_MESSAGE_BYTES = 1 << 17  # a subscription to a thousand servers


def add_parsers(subparsers: Subparsers) -> None:
    """Add `serve`."""
    parser = subparsers.add_parser("serve", help="run the server")
    parser.add_argument("--host", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port to listen on (8080)")
    parser.add_argument("--tls-cert", type=Path, help="HTTPS with this certificate")
    parser.add_argument("--tls-key", type=Path, help="its key")
    parser.add_argument(
        "--tls-self-signed",
        action="store_true",
        default=None,
        help="HTTPS with a certificate of our own, which agents pin",
    )
    parser.add_argument("--log-format", choices=("text", "json"), help="how to log (text)")
    parser.add_argument("--workers", type=int, help="how many processes serve; PostgreSQL alone")
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    settings = load_settings(
        host=parsed.host,
        port=parsed.port,
        data_dir=parsed.data_dir,
        database_url=parsed.database_url,
        tls_cert=parsed.tls_cert,
        tls_key=parsed.tls_key,
        tls_self_signed=parsed.tls_self_signed,
        workers=parsed.workers,
        log_format=parsed.log_format,
    )
    logs.configure(settings.log_level, settings.log_format)
    prepare_data_dir(settings)
    if settings.workers > 1 and settings.is_sqlite:
        raise StartupError(
            "A SQLite database is served by one process: leave --workers out, or name a "
            "PostgreSQL with --database-url."
        )
    with server_lock(settings), listen(settings) as listener:
        if settings.workers == 1:
            return _serve(settings, listener)
        certificate_of(settings)  # where it is our own, it is made before each would make one
        return run_workers(
            settings.workers, lambda number: _serve(settings, listener, is_first=number == 0)
        )


def _serve(settings: Settings, listener: socket.socket, *, is_first: bool = True) -> int:
    # The application imports all there is; other commands should not wait for it.
    import uvicorn  # noqa: PLC0415 - as said

    from homelab_cmd.app import create_app  # noqa: PLC0415 - as said
    from homelab_cmd.auth.proxy import behind_proxies  # noqa: PLC0415 - as said

    certificate = certificate_of(settings)
    url = _url_of(listener, "https" if certificate else "http")
    app = create_app(settings)
    app.state.invites = is_first
    if is_first:
        _say_where(settings, url)
    app.state.address = settings.public_url or url
    config = uvicorn.Config(
        behind_proxies(app, settings),
        proxy_headers=False,  # done above, so that who really connected is remembered
        loop="uvloop",
        http="httptools",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
        ws_max_size=MAX_STREAM_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # packing each message for each reader would cost ingest
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=certificate.certificate if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    # uvicorn ends cleanly on a signal and then raises it once more, for whoever was there before.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(0))
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _url_of(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _say_where(settings: Settings, url: str) -> None:
    log = logging.getLogger("homelab_cmd")
    pins = own_pins(settings, url)
    if pins is not None:
        log.info("the certificate's SHA-256 fingerprint is %s", pins.fingerprint)
    log.info("listening on %s", url)
