"""What the keys of [events] and [mqtt] must look like, and what they demand of each other."""

import tomllib
from pathlib import Path

import pytest

from homecall_appliance.config.loader import load
from homecall_appliance.config.manual import dump
from homecall_appliance.config.model import Config, Events, Mqtt
from tests.config.test_values import paths

SECRETS = Config(
    events=Events(webhook="http://ha/api/webhook/hush"),
    mqtt=Mqtt(username="u", password="hush"),  # noqa: S106  # noqa: S106
)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://ha",
        "https://ha.home:8443/api/webhook/x?y=z",
        "http://[fd00::5]:8123/",
        "http://1.2.3.4",
    ],
)
def test_webhooks(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, events={"webhook": value}) == []


@pytest.mark.parametrize(
    "value",
    ["ha", "ftp://ha", "http://", "http://a b", "http://ha:0/", "http://u:p@ha/", "http://ha/\n"],
)
def test_no_webhooks(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, events={"webhook": value}) == ["events.webhook"]


@pytest.mark.parametrize("value", ["", "/bin/bell", "bell --loud 'front door'"])
def test_commands(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, events={"command": value}) == []


@pytest.mark.parametrize("value", ["'", "bell 'front", " ", "bell\0"])
def test_no_commands(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, events={"command": value}) == ["events.command"]


@pytest.mark.parametrize("value", ["", "localhost", "ha.local", "192.168.1.5", "::1"])
def test_brokers(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, mqtt={"host": value}) == []


@pytest.mark.parametrize("value", ["mqtt://ha", "ha:1883", "[::1]", "a b", "ha/"])
def test_no_brokers(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, mqtt={"host": value}) == ["mqtt.host"]


@pytest.mark.parametrize("value", ["homecall", "home/front-door", "A_1"])
def test_topics(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, mqtt={"topic": value, "discovery_prefix": value}) == []


@pytest.mark.parametrize("value", ["/a", "a/", "a//b", "a/+", "#", "$SYS", "a b", "a\0", "дом"])
def test_no_topics(tmp_path: Path, value: str) -> None:
    """Neither wildcards (MQTT 3.1.1, section 4.7.1) nor the broker's own topics (4.7.2)."""
    found = paths(tmp_path, mqtt={"topic": value, "discovery_prefix": value})
    assert found == ["mqtt.topic", "mqtt.discovery_prefix"]


def test_only_discovery_may_be_nowhere(tmp_path: Path) -> None:
    assert paths(tmp_path, mqtt={"topic": "", "discovery_prefix": ""}) == ["mqtt.topic"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("username = 'u'", []),
        ("username = 'u'\npassword = 'p'", []),
        ("password = 'p'", ["mqtt.username"]),
        ("tls = true\nca_certificate = '/ca.pem'", []),
        ("ca_certificate = '/ca.pem'", ["mqtt.tls"]),
        ("buttons = ['answer', 'decline', 'hang_up', 'open']", []),
        ("buttons = ['knock']", ["mqtt.buttons[0]"]),
        ("port = 70000", ["mqtt.port"]),
        (f"username = 'u'\npassword = '{'p' * 1025}'", ["mqtt.password"]),
        (f"topic = '{'t' * 201}'", ["mqtt.topic"]),
    ],
)
def test_contradictions(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert paths(tmp_path, mqtt={"host": "ha", **tomllib.loads(text)}) == expected


@pytest.mark.parametrize(
    ("mqtt", "port"), [(Mqtt(), 1883), (Mqtt(tls=True), 8883), (Mqtt(tls=True, port=1), 1)]
)
def test_the_port_of_a_broker(mqtt: Mqtt, port: int) -> None:
    assert mqtt.broker_port == port


def test_nothing_is_told_and_nothing_commanded_unless_asked_for() -> None:
    assert Config().events == Events("", "")
    assert (Config().mqtt.host, Config().mqtt.buttons) == ("", ())


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(SECRETS)
    assert "hush" not in dump(SECRETS)


def test_the_environment_names_buttons() -> None:
    config = load(None, {"HOMECALL_MQTT__BUTTONS": "['decline']"})
    assert config.mqtt.buttons == ("decline",)
