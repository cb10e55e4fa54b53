"""Settings: where they come from, and what is said of those that can't be used."""

import argparse
from pathlib import Path

import pytest
from homelab_agent.config import SETTINGS, Config, ConfigError, Setting, add_flags, load, read_token


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return parser.parse_args(words)


def test_every_field_can_be_set() -> None:
    assert {setting.field for setting in SETTINGS} == set(Config.__dataclass_fields__)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_described(setting: Setting) -> None:
    described = (Path(__file__).parents[2] / "docs/agent.md").read_text(encoding="utf-8")
    assert f"`{setting.name}`" in described


def test_defaults(tmp_path: Path) -> None:
    (tmp_path / "a.ini").write_text("[agent]\n")
    assert load(options("--config", str(tmp_path / "a.ini")), {}) == Config()


def test_flags_go_before_variables_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "agent.ini"
    file.write_text(
        "[agent]\nserver = https://file.lan\ninterval = 20\nserver-id = file\n"
        "exclude = /mnt/a*,\n  /mnt/b\n"
    )
    config = load(
        options("--config", str(file), "--server-id", "flag"),
        {"HOMELAB_AGENT_SERVER_ID": "variable", "HOMELAB_AGENT_INTERVAL": "30s"},
    )
    assert config.server == "https://file.lan"
    assert config.interval_seconds == 30
    assert config.server_id == "flag"
    assert config.exclude == ("/mnt/a*", "/mnt/b")


@pytest.mark.parametrize(
    "words,message",
    [
        (["--interval", "0.5"], "--interval: 0.5 wants 1 to 3600 seconds."),
        (["--interval", "3601"], "--interval: 3601 wants 1 to 3600 seconds."),
        (["--interval", "soon"], "--interval: 'soon' is not a number."),
        (["--interval", "nan"], "--interval: 'nan' is not a number."),
        (["--server-id", "NAS"], "--server-id: 'NAS' wants 1 to 100 of a-z, 0-9 and -."),
        (["--server", "nas:8080"], "--server: 'nas:8080' is no address of a server such as"),
        (["--server", "http://[::1"], "--server: 'http://[::1' is no address of a server"),
        (["--server", "https://a:99999"], "--server: 'https://a:99999' is no address"),
        (["--fingerprint", "ab:cd"], "--fingerprint: wants the SHA-256 of the server's"),
        (["--disable", "fan,host"], "--disable: 'host' is none of filesystem, network_interface"),
        (["--enable", "fans"], "--enable: 'fans' is none of filesystem, network_interface"),
        (["--units", "nginx.service,--help"], "--units: '--help' is no name of a unit such as"),
        (["--upsd", "nas:99999"], "--upsd: 'nas:99999' is no host with a port such as"),
        (["--procfs", "/nowhere"], "procfs /nowhere is no procfs: give the folder where"),
        (["--sysfs", "/nowhere"], "sysfs /nowhere is no folder: give the one where"),
        (["--ca-file", "/nowhere"], "ca-file /nowhere is not there."),
        (["--config", "/nowhere"], "/nowhere can't be read: No such file or directory."),
    ],
)
def test_a_wrong_setting_is_one_sentence(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(options(*words), {})
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text,message",
    [
        ("server = x", "is no INI file"),
        ("[agent]\ncolour = red\n", "has settings that there are not: colour."),
        ("[other]\n", "wants one section, [agent]."),
        ("[agent]\ntoken = secret\n", "holds a token and others can read it: run chmod 600"),
        ("[agent]\ninterval = 0\n", "interval in "),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "agent.ini"
    file.write_text(text)
    file.chmod(0o644)
    with pytest.raises(ConfigError) as raised:
        load(options("--config", str(file)), {})
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "agent.ini").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        load(options("--config", str(tmp_path / "agent.ini")), {})


def test_fingerprints_in_the_forms_that_people_paste() -> None:
    plain = "ab" * 32
    for text in (plain, plain.upper(), ":".join(["AB"] * 32), f"sha256:{plain}"):
        assert load(options("--fingerprint", text), {}).fingerprint == plain


def test_a_token_from_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("secret-1\n")
    file.chmod(0o600)
    assert read_token(Config(token_file=str(file))) == "secret-1"
    assert read_token(Config(token="given", token_file=str(file))) == "given"
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="others can read it: run chmod 600"):
        read_token(Config(token_file=str(file)))


@pytest.mark.parametrize("text", ["", "two words", "line\nline", "ünicode"])
def test_a_token_file_without_a_token(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no token"):
        read_token(Config(token_file=str(file)))


def test_no_token_at_all() -> None:
    with pytest.raises(ConfigError, match="there is no token"):
        read_token(Config())
