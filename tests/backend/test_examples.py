"""Every example of the documentation is run against the real application.

The commands are read from the pages and their few options understood here, so that this needs
neither curl nor a port. Where an example shows an answer, the real one must have the same shape.
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homelab_cmd.auth import api_tokens
from homelab_cmd.auth.principals import COMMAND_LINE, Scope
from homelab_cmd.clock import iso, now_ms
from homelab_cmd.live import stream
from homelab_cmd.settings import Settings

from tests.backend.conftest import PASSWORD
from tests.backend.netdata import standin

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if "curl -" in page.read_text()]
HOMELAB = "http://homelab"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with standin.stand_in(standin.modern) as daemon:
        yield Settings(data_dir=tmp_path, port=0, netdata_url=daemon.url)


@pytest.fixture
def words(app: FastAPI, person: TestClient, agent: TestClient) -> dict[str, str]:
    """What the examples' variables stand for, on a server with a host that reports."""
    for seconds_ago in (20, 10, 0):
        beat(agent, now_ms() - seconds_ago * 1_000, counter=100_000 - seconds_ago * 100)
    with app.state.database.write() as session:
        _, token = api_tokens.create_api_token(
            session, "dashboards", Scope.READ, actor="test", client=COMMAND_LINE
        )
    admin = person.headers["Authorization"].removeprefix("Bearer ")
    return {"HOMELAB": HOMELAB, "TOKEN": token, "ADMIN_TOKEN": admin, "PASSWORD": PASSWORD}


def beat(agent: TestClient, time_ms: int, counter: int = 0) -> None:
    body = {
        "server_id": "nas",
        "hostname": "nas.lan",
        "timestamp": iso(time_ms),
        "interval_seconds": 10,
        "metrics": {"cpu_percent": 12.5, "memory_percent": 40.5},
        "filesystems": [
            {
                "mount_point": "/",
                "device": "/dev/sda1",
                "fs_type": "ext4",
                "total_bytes": 100,
                "used_bytes": 40,
                "available_bytes": 50,
                "percent": 44.4,
            }
        ],
        "network_interfaces": [
            {
                "name": "eth0",
                "rx_bytes": counter,
                "tx_bytes": counter,
                "rx_packets": counter,
                "tx_packets": counter,
                "is_up": True,
            }
        ],
    }
    assert agent.post("/api/v1/agents/heartbeat", json=body).json()["rejected"] == []


def blocks(page: Path, language: str) -> list[tuple[str, str | None]]:
    """The blocks in a language, each with the JSON block that is the next block, if any."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    following = [*found[1:], ("", "")]
    return [
        (text, after if kind == "json" else None)
        for (own, text), (kind, after) in zip(found, following, strict=True)
        if own == language
    ]


def commands(text: str) -> list[list[str]]:
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line, posix=True) for line in lines if line.strip()]


def filled(word: str, words: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda name: words[name[1]], word)


def curl(client: TestClient, arguments: list[str], words: dict[str, str]) -> Any:
    """What curl would send for these arguments; an option that is not known here fails."""
    rest = iter(filled(argument, words) for argument in arguments)
    headers: dict[str, str] = {}
    data: list[str] = []
    url, as_query = "", False
    for argument in rest:
        if argument == "-G":
            as_query = True
        elif argument == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif argument == "-d":
            data.append(next(rest))
        elif argument == "--data-urlencode":
            name, _, value = next(rest).partition("=")
            data.append(urlencode({name: value}))
        else:
            assert argument.startswith(HOMELAB), argument
            url = argument.removeprefix(HOMELAB)
    client.cookies.clear()
    if as_query:
        return client.get(url, params="&".join(data), headers=headers)
    if data:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return client.post(url, content="&".join(data), headers=headers)
    return client.get(url, headers=headers)


def websocat(
    client: TestClient, arguments: list[str], words: dict[str, str], agent: TestClient
) -> Any:
    """The first message of the stream, once a host has reported."""
    option, header, url = (filled(argument, words) for argument in arguments)
    assert option == "-H"
    name, _, value = header.partition(": ")
    with client.websocket_connect(url.removeprefix(HOMELAB), headers={name: value}) as stream:
        beat(agent, now_ms() + 1)
        return stream.receive_json()


def same_shape(shown: Any, real: Any, path: str = "") -> None:
    """Fails where the real answer has other names or types than the one that is shown."""
    if isinstance(shown, dict):
        assert isinstance(real, dict), path
        assert shown.keys() == real.keys(), path
        for name, value in shown.items():
            same_shape(value, real[name], f"{path}.{name}")
    elif isinstance(shown, list):
        assert isinstance(real, list), path
        assert real, path
        same_shape(shown[0], real[0], f"{path}[0]")
    elif shown is not None and real is not None:
        number = (int, float)
        assert isinstance(real, number if isinstance(shown, number) else type(shown)), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_works_as_it_is_shown(
    page: Path, anonymous: TestClient, agent: TestClient, words: dict[str, str]
) -> None:
    run = 0
    for text, shown in blocks(page, "sh"):
        answer: Any = None
        for program, *arguments in commands(text):
            if program == "export":
                continue  # what it sets stands in `words`
            if program == "websocat":
                answer = websocat(anonymous, arguments, words, agent)
            else:
                assert program == "curl", program
                response = curl(anonymous, arguments, words)
                assert response.is_success, f"{arguments}: {response.text}"
                is_json = response.headers["Content-Type"] == "application/json"
                answer = response.json() if is_json else response.text
            run += 1
        if shown is not None:
            same_shape(json.loads(shown), answer, page.name)
    assert run > 0


def test_live_messages_have_the_shapes_that_are_shown(
    anonymous: TestClient,
    agent: TestClient,
    words: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the page's order: what is sent, its answer, a heartbeat, a sign of life, an error."""
    shown = [json.loads(text) for text, _ in blocks(DOCS / "live.md", "json")]
    [asked] = [message for message in shown if "servers" in message and "type" not in message]
    answers = {message["type"]: message for message in shown if "type" in message}
    headers = {"Authorization": f"Bearer {words['TOKEN']}"}
    monkeypatch.setattr(stream, "PING_SECONDS", 0.2)
    with anonymous.websocket_connect("/ws/live", headers=headers) as live:
        live.send_json(asked)
        assert answers.pop("subscribed") == live.receive_json()
        beat(agent, now_ms() + 1)
        live.send_json({"families": ["nonsense"]})
        while answers:
            message = live.receive_json()
            expected = answers.pop(message["type"], None)
            if expected is not None:
                same_shape(expected, message, message["type"])
            if message["type"] == "error":
                assert message == expected


def test_home_assistant_finds_what_its_sensors_read(
    anonymous: TestClient, words: dict[str, str]
) -> None:
    [text] = [text for text, _ in blocks(DOCS / "api.md", "yaml") if text.startswith("rest:")]
    headers = {"Authorization": f"Bearer {words['TOKEN']}"}
    read = []
    for resource in text.split("- resource: ")[1:]:
        path = resource.split("\n")[0].removeprefix("http://homelab.lan:8080")
        answer = anonymous.get(path, headers=headers).json()
        read += [answer[name] for name in re.findall(r"value_json\.(\w+)", resource)]
    assert read == [44.4, "online"]


def test_grafana_finds_what_its_panels_read(anonymous: TestClient, words: dict[str, str]) -> None:
    dashboard = json.loads((DOCS / "examples" / "grafana-dashboard.json").read_text())
    headers = {"Authorization": f"Bearer {words['TOKEN']}"}
    variables = {
        one["name"]: one.get("current", {}).get("value", "")
        for one in dashboard["templating"]["list"]
    }
    [hosts] = [one for one in dashboard["templating"]["list"] if one["type"] == "query"]
    asked = hosts["query"]["infinityQuery"]
    [variables["host"]] = anonymous.get(asked["url"], headers=headers).json()[
        asked["root_selector"]
    ]
    variables["__from:date:iso"] = iso(now_ms() - 3_600_000).replace("+00:00", "Z")
    variables["__to:date:iso"] = iso(now_ms() + 1_000).replace("+00:00", "Z")
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(targets) > 4
    for target in targets:
        params = {
            one["key"]: re.sub(r"\$\{?([\w:]+)\}?", lambda name: variables[name[1]], one["value"])
            for one in target["url_options"]["params"]
        }
        answer = anonymous.get(target["url"], params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        rows = answer.json()[target["root_selector"]]
        time, value = (column["selector"] for column in target["columns"])
        assert rows, target["url"]
        assert all(row[time].endswith("+00:00") for row in rows)
        assert all(isinstance(row[value], int | float) for row in rows)


def test_prometheus_is_told_where_to_look(anonymous: TestClient, words: dict[str, str]) -> None:
    """The example leaves out what has a default, so that must be what we serve."""
    [text] = [text for text, _ in blocks(DOCS / "api.md", "yaml") if "scrape_configs" in text]
    assert "metrics_path" not in text
    assert "credentials_file" in text
    answer = anonymous.get("/metrics", headers={"Authorization": f"Bearer {words['TOKEN']}"})
    assert 'homelab_server_up{server="nas"} 1' in answer.text.splitlines()
