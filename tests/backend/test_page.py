"""The page's files: by exact name, and nothing else by any spelling."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from homelab_cmd.page import BASE_OF_ROOT, Page, SafetyHeaders
from starlette.applications import Starlette
from starlette.testclient import TestClient

SECRET = "not for the world"
SCRIPT = "export {}\n" * 100
FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.fixture
def page(tmp_path: Path) -> TestClient:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text(f"{BASE_OF_ROOT}<title>HomelabCmd</title>")
    (web / "assets" / "app-1a2b.js").write_text(SCRIPT)
    (web / "icon.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.txt").write_text(SECRET)
    app = Starlette()
    app.router.default = Page(web)
    return TestClient(SafetyHeaders(app))


def test_addresses_of_the_page_are_the_index(page: TestClient) -> None:
    for path in ("/", "/servers/nas", "/setup"):
        answer = page.get(path)
        assert "HomelabCmd" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path,way_back",
    [("/", "./"), ("/login", "./"), ("/hosts/nas", "../"), ("/a/b/c", "../../")],
)
def test_every_address_of_the_page_knows_the_way_back_to_its_root(
    page: TestClient, path: str, way_back: str
) -> None:
    assert f'<base href="{way_back}" />' in page.get(path).text


def test_the_page_says_where_its_root_is_in_the_words_that_are_replaced() -> None:
    assert BASE_OF_ROOT in (FRONTEND / "index.html").read_text()


def test_files_with_a_hash_are_kept_for_ever(page: TestClient) -> None:
    answer = page.get("/assets/app-1a2b.js")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert page.get("/assets/app-9999.js").status_code == 404


def test_texts_come_compressed_to_those_who_take_it(page: TestClient) -> None:
    path = "/assets/app-1a2b.js"
    for _ in range(2):
        answer = page.get(path, headers={"accept-encoding": "gzip, br"})
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 10
        assert (answer.text, answer.headers["vary"]) == (SCRIPT, "Accept-Encoding")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
    plain = page.get(path, headers={"accept-encoding": "identity"})
    assert (plain.text, plain.headers["vary"]) == (SCRIPT, "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    icon = page.get("/icon.png", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in icon.headers


UP = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", ".%2e/", "..;/", "%252e%252e%252f")
START = ("/", "//", "/assets/", "/assets//", "/./")
TARGET = ("secret.txt", "etc/passwd", "web/../secret.txt", "secret.txt%00.js", "secret.txt?x=.js")


@pytest.mark.parametrize("start,up,target", list(product(START, UP, TARGET)))
def test_no_spelling_leaves_the_folder(page: TestClient, start: str, up: str, target: str) -> None:
    for depth in (1, 2, 6):
        answer = page.get(f"http://testserver{start}{up * depth}{target}")
        assert SECRET not in answer.text
        assert "root:" not in answer.text


def test_only_get_is_answered(page: TestClient) -> None:
    assert page.post("/").status_code == 405
