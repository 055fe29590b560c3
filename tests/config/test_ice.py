"""What the keys of [ice] must look like, and what they demand of each other."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.config.model import Ice
from tests.config.test_values import paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("secret = 's'", []),
        ("username = 'u'\ncredential = 'c'", []),
        ("", ["ice.turn[0].secret"]),
        ("username = 'u'", ["ice.turn[0].credential"]),
        ("credential = 'c'", ["ice.turn[0].username"]),
        ("secret = 's'\nusername = 'u'\ncredential = 'c'", ["ice.turn[0].secret"]),
        ("secret = 's'\nusername = 'u'", ["ice.turn[0].secret"]),
        # What is wrong already is not held against other keys.
        ("secret = 3", ["ice.turn[0].secret"]),
    ],
)
def test_credentials(tmp_path: Path, text: str, expected: list[str]) -> None:
    entry = {"urls": ["turn:a"], **tomllib.loads(text)}
    assert paths(tmp_path, ice={"turn": [entry]}) == expected


def test_an_empty_relay_lacks_its_address_and_its_secret(tmp_path: Path) -> None:
    assert paths(tmp_path, ice={"turn": [{}]}) == ["ice.turn[0].urls", "ice.turn[0].secret"]


CLOUDFLARE = {"cloudflare_key_id": "k", "cloudflare_token": "t"}
RELAY = {"urls": ["turn:a"], "secret": "s"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (CLOUDFLARE, []),
        ({"cloudflare_key_id": "k"}, ["cloudflare_token"]),
        ({"cloudflare_token": "t"}, ["cloudflare_key_id"]),
        (CLOUDFLARE | {"urls": ["turn:a"]}, ["cloudflare_key_id"]),
        (CLOUDFLARE | {"secret": "s"}, ["cloudflare_key_id"]),
        (CLOUDFLARE | {"username": "u", "credential": "c"}, ["cloudflare_key_id"]),
    ],
)
def test_credentials_of_cloudflare(
    tmp_path: Path, entry: dict[str, Any], expected: list[str]
) -> None:
    found = paths(tmp_path, ice={"turn": [entry]})
    assert found == [f"ice.turn[0].{name}" for name in expected]


def test_calls_through_a_relay_need_one(tmp_path: Path) -> None:
    assert paths(tmp_path, ice={"policy": "relay"}) == ["ice.turn"]
    assert paths(tmp_path, ice={"policy": "relay", "stun": ["stun:a"]}) == ["ice.turn"]
    assert paths(tmp_path, ice={"policy": "relay", "turn": [RELAY]}) == []
    assert paths(tmp_path, ice={"policy": "relay", "turn": [CLOUDFLARE]}) == []


@pytest.mark.parametrize(
    ("port", "max_calls", "good"),
    [
        *[(0, 2, True), (1024, 2, True), (50000, 16, True), (65532, 2, True), (65535, 1, False)],
        *[(1, 2, False), (1023, 2, False), (-1, 2, False), (65536, 2, False), (65533, 2, False)],
        *[(5350, 2, False), (5353, 2, False), (5349, 2, True), (5354, 2, True)],
    ],
)
def test_media_ports(tmp_path: Path, port: int, max_calls: int, good: bool) -> None:
    found = paths(tmp_path, ice={"port": port}, call={"max_calls": max_calls})
    assert found == ([] if good else ["ice.port"])


def test_calls_have_a_port_each_and_two_are_in_reserve() -> None:
    assert [*Ice(port=50000).ports(2)] == [50000, 50001, 50002, 50003]
    assert not Ice().ports(2)


@pytest.mark.parametrize("value", ["", "203.0.113.7", "2001:db8::7", "home.example"])
def test_public_addresses(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, ice={"public_address": value, "port": 50_000}) == []


def test_a_public_address_needs_ports_that_are_forwarded(tmp_path: Path) -> None:
    assert paths(tmp_path, ice={"public_address": "home.example"}) == ["ice.port"]


@pytest.mark.parametrize(
    "value",
    [
        *["127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.1", "169.254.1.1", "fe80::1%eth0"],  # noqa: S104
        *["203.0.113.7:50000", "https://home.example", "[2001:db8::7]", "a b", "1.2.3"],
    ],
)
def test_no_public_addresses(tmp_path: Path, value: str) -> None:
    found = paths(tmp_path, ice={"public_address": value, "port": 50_000})
    assert found == ["ice.public_address"]
