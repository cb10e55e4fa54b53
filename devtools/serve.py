"""`./dev run`: a server, the agent of this machine and the page, until Ctrl-C."""

import argparse
import http.client
import os
import re
import socket
import subprocess
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

from devtools.children import Children, StopRequested
from devtools.house import ROOT, VENV, TroubleError, environment, say

_START_SECONDS = 60
_POLL_SECONDS = 0.1
_SERVER_COMMAND = VENV / "bin/homelab-cmd"
_AGENT_COMMAND = VENV / "bin/homelab-agent"
# A day more than late data has to be kept for, of which there are 90 here.
FLEET_SETTINGS = {
    "HOMELAB_CMD_RETENTION_RAW_DAYS": "120",
    "HOMELAB_CMD_RETENTION_MINUTE_DAYS": "120",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `./dev run` takes."""
    parser.add_argument("--port", type=int, default=8080, help="of the server (8080)")
    parser.add_argument(
        "--data-dir", type=Path, help="where history is kept (.data, with --fleet .data/fleet)"
    )
    parser.add_argument(
        "--fleet", action="store_true", help="with 30 generated hosts and 90 days of their history"
    )
    parser.add_argument("--no-browser", action="store_true", help="open nothing, only print")


def run(options: argparse.Namespace) -> int:
    """Run server and agent until Ctrl-C, which is no error, or until one ends, which is."""
    data_dir = Path(options.data_dir or _default_data_dir(fleet=options.fleet)).absolute()
    url = f"http://127.0.0.1:{options.port}"
    _refuse_taken_port(options.port)
    say(f"Data folder: {data_dir}")
    setup_links: list[str] = []
    try:
        with Children(hears=_collect_links(setup_links)) as children:
            where = ["--host", "127.0.0.1", "--port", str(options.port)]
            children.start(
                "server",
                [_SERVER_COMMAND, "serve", *where, "--data-dir", data_dir],
                FLEET_SETTINGS if options.fleet else {},
            )
            _wait_until_healthy(children, options.port)
            if options.fleet:
                words = ["-m", "devtools.fleet", f"--url={url}", f"--data-dir={data_dir}"]
                children.start("fleet", [VENV / "bin/python", *words])
            server_id = _server_id()
            token_file = _agent_token(data_dir, server_id)
            children.start("agent", _agent_command(url, server_id, token_file))
            _announce(url, setup_links, opens=not options.no_browser and _has_screen())
            children.wait()
    except StopRequested:
        say(f"\nStopped. The data stays in {data_dir}")
    return 0


def _default_data_dir(*, fleet: bool) -> Path:
    return ROOT / ".data/fleet" if fleet else ROOT / ".data"


def _refuse_taken_port(port: int) -> None:
    """Refuse a port on which somebody listens: the health that answers would be a stranger's."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise TroubleError(
                f"port {port} can't be used ({error}); choose another: ./dev run --port N"
            ) from None


def _collect_links(links: list[str]) -> Callable[[str], None]:
    """Give a listener that keeps the one-time set-up link which the server prints."""

    def hear(line: str) -> None:
        links.extend(re.findall(r"https?://\S*setup\S*", line))

    return hear


def _wait_until_healthy(children: Children, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        children.check()
        if _is_healthy(port):
            return
        time.sleep(_POLL_SECONDS)
    raise TroubleError(f"the server did not answer within {_START_SECONDS} s.")


def _is_healthy(port: int) -> bool:
    # Not urllib: that would ask a proxy of the environment for this machine's own address.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
    try:
        connection.request("GET", "/api/v1/system/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _server_id() -> str:
    """Name this machine by its host name, in the letters that a server's id may have."""
    name = re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().lower()).strip("-")
    return name[:100] or "this-machine"


def _agent_token(data_dir: Path, server_id: str) -> Path:
    """Give the file with the agent's token; where there is none, have the server make one."""
    token_file = data_dir / f"agent-{server_id}.token"
    if not token_file.exists():
        made = _make_token("add", data_dir, server_id) or _make_token("rotate", data_dir, server_id)
        if not made:
            raise TroubleError(f"`homelab-cmd agent add {server_id}` gave no token; see above.")
        descriptor = os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(made)
    return token_file


def _agent_command(url: str, server_id: str, token_file: Path) -> list[str | Path]:
    spool = token_file.parent / "agent-spool"
    options = {"server": url, "server-id": server_id, "token-file": token_file, "spool": spool}
    return [_AGENT_COMMAND, "run", *(f"--{name}={value}" for name, value in options.items())]


def _make_token(verb: str, data_dir: Path, server_id: str) -> str:
    done = subprocess.run(
        [_SERVER_COMMAND, "agent", verb, server_id],
        env=environment({"HOMELAB_CMD_DATA_DIR": str(data_dir)}),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,
    )
    return done.stdout if done.returncode == 0 else ""


def _announce(url: str, setup_links: list[str], *, opens: bool) -> None:
    target = setup_links[-1] if setup_links else f"{url}/"
    what = "Make the first account" if setup_links else "The page"
    say(f"\n{what}: {target}\nCtrl-C ends everything.\n")
    if opens:
        webbrowser.open(target)


def _has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
