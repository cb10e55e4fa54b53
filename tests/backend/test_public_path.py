"""Below a path of a reverse proxy, taken off by it or passed on."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from homelab_cmd.app import create_app
from homelab_cmd.public_path import path_of
from homelab_cmd.settings import Settings


@pytest.mark.parametrize(
    "url,path",
    [
        ("", ""),
        ("https://home.example", ""),
        ("https://home.example/", ""),
        ("https://home.example/monitor/", "/monitor"),
        ("https://home.example/a/b", "/a/b"),
    ],
)
def test_the_path_of_a_public_url(url: str, path: str) -> None:
    assert path_of(url) == path


def test_all_of_the_server_is_below_the_path_and_beside_it(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, public_url="https://home.example/lab/monitor"))
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        for prefix in ("/lab/monitor", ""):
            assert client.get(f"{prefix}/api/v1/system/health").json()["status"] == "ok"
            assert client.get(f"{prefix}/api/v1/servers").status_code == 401
            assert "/lab" not in client.get(f"{prefix}/api/nothing").json()["detail"]["message"]
        beside = client.get("/lab/monitors/api/v1/system/health")
        assert "json" not in beside.headers["content-type"]
        back = client.get("/lab/monitor")
        assert (back.status_code, back.headers["location"]) == (308, "./monitor/")
