"""The socket that the server listens on."""

from __future__ import annotations

import errno
import socket

from homelab_cmd.errors import StartupError
from homelab_cmd.settings import Settings


def listen(settings: Settings) -> socket.socket:
    """A socket on the host and port of the settings. Raises StartupError naming what is wrong."""
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
