"""What `./dev run` decides before it starts anything."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import serve

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "host_name, server_id",
    [("nas", "nas"), ("Living_Room.local", "living-room-local"), ("Küche", "k-che"), ("日本", "")],
)
def test_a_host_name_becomes_an_id_that_the_server_takes(
    host_name: str, server_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host_name)

    given = serve._server_id()

    assert given == (server_id or "this-machine")
    assert re.fullmatch(r"[a-z0-9-]{1,100}", given)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = f"""if True:
            import argparse, pathlib
            from devtools import serve
            serve.run(argparse.Namespace(
                port={port}, data_dir=pathlib.Path({str(tmp_path)!r}), no_browser=True,
                fleet=False))
        """
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert said.returncode != 0
    assert f"port {port} can't be used" in said.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []
