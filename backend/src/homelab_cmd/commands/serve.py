"""`homelab-cmd serve`: the server."""

from __future__ import annotations

import argparse
import errno
import fcntl
import logging
import signal
import socket
import sys
from pathlib import Path

from homelab_cmd.commands.common import Subparsers, add_database_flags, prepare_data_dir
from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings, load_settings

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
    add_database_flags(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    # The application imports all there is; other commands should not wait for it.
    import uvicorn  # noqa: PLC0415 - as said

    from homelab_cmd.app import create_app  # noqa: PLC0415 - as said
    from homelab_cmd.tls import certificate_of, own_pins  # noqa: PLC0415 - as said

    settings = load_settings(
        host=parsed.host,
        port=parsed.port,
        data_dir=parsed.data_dir,
        database_url=parsed.database_url,
        tls_cert=parsed.tls_cert,
        tls_key=parsed.tls_key,
        tls_self_signed=parsed.tls_self_signed,
    )
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("alembic", "uvicorn.error"):  # their news is of no use to an owner
        logging.getLogger(chatty).setLevel(logging.WARNING)
    prepare_data_dir(settings)
    lock = _lock(settings)
    certificate = certificate_of(settings)
    listener = _listen(settings)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    url = f"{'https' if certificate else 'http'}://{shown}:{port}"
    log = logging.getLogger("homelab_cmd")
    pins = own_pins(settings, url)
    if pins is not None:
        log.info("the certificate's SHA-256 fingerprint is %s", pins.fingerprint)
    log.info("listening on %s", url)
    app = create_app(settings)
    app.state.address = settings.public_url or url
    config = uvicorn.Config(
        app,
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
    lock.close()
    return 0 if server.started else 1


class _Lock:
    """On SQLite one process serves a data folder; the kernel frees the lock when it dies."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartupError(
                f"Another server is running on {path.parent}; stop it, or choose another folder "
                "with --data-dir."
            ) from None

    def close(self) -> None:
        self._file.close()


def _lock(settings: Settings) -> _Lock:
    return _Lock(settings.data_dir / "server.lock")


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1_024)
    except OSError as error:
        listener.close()
        raise StartupError(_listen_problem(settings, error)) from None
    listener.set_inheritable(True)
    return listener


def _listen_problem(settings: Settings, error: OSError) -> str:
    place = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"The port {place} is taken; choose another with --port."
    if error.errno == errno.EACCES:
        return f"The port {place} is for root alone; choose one above 1023 with --port."
    return f"Can't listen on {place}: {error.strerror or error}; see --host and --port."
