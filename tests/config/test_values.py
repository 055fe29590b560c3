"""What single values must look like, and what keys demand of each other."""

import tomllib
from pathlib import Path

import pytest
import tomli_w

from homecall_appliance.config.loader import ConfigError, load
from homecall_appliance.config.model import Audio


def paths(folder: Path, **tables: dict[str, object]) -> list[str]:
    """The paths of the problems of a configuration."""
    path = folder / "homecall.toml"
    path.write_text(tomli_w.dumps(tables))
    try:
        load(path, {})
    except ConfigError as error:
        return [problem.path for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "value", ["auto", "home", "home.example", "192.168.1.5", "fd00::5", "xn--d1aqf.example", "4.ru"]
)
def test_hosts(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, server={"public_host": value}) == []


@pytest.mark.parametrize(
    "value",
    [
        *["", "https://home", "home:8443", "home/", "a b", "-a", "a..b", "1.2.3", "1.2.3.400"],
        *[
            "[::1]",
            "fe80::1%eth0",
            "дом.example",
            "a" * 64,
            "home\n",
            "user@home",
            "a." * 127 + "a",
        ],
    ],
)
def test_no_hosts(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, server={"public_host": value}) == ["server.public_host"]


@pytest.mark.parametrize("value", ["eth0", "enxb827eb000000", "br-1a2b3c4d5e6f", "дом", "no-such"])
def test_interfaces(tmp_path: Path, value: str) -> None:
    """One that is not there may be plugged in later."""
    assert paths(tmp_path, server={"interfaces": [value]}) == []


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "eth0:1", "eth 0", "net/eth0", "eth0\n", "enxb827eb0000000", "д" * 8],
)
def test_no_interfaces(tmp_path: Path, value: str) -> None:
    problems = paths(tmp_path, server={"interfaces": ["eth0", value]})
    assert problems == ["server.interfaces[1]"]


@pytest.mark.parametrize("value", ["127.0.0.1", "172.18.0.0/16", "::1", "fd00::/8"])
def test_proxies(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, server={"trusted_proxies": [value]}) == []


@pytest.mark.parametrize(
    "value",
    ["", "localhost", "172.18.0.1/16", "172.18.0.0/33", "0.0.0.0/0", "::/0", "*", "10.0.0.0-9"],
)
def test_no_proxies(tmp_path: Path, value: str) -> None:
    problems = paths(tmp_path, server={"trusted_proxies": ["127.0.0.1", value]})
    assert problems == ["server.trusted_proxies[1]"]


@pytest.mark.parametrize("value", ["::", "127.0.0.1", "::1", "fe80::1%eth0", "localhost"])
def test_listening_addresses(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, server={"address": value}) == []


@pytest.mark.parametrize("value", ["", "*", "home.example", "0.0.0.0:443", "[::]"])
def test_no_listening_addresses(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, server={"address": value}) == ["server.address"]


@pytest.mark.parametrize("value", ["", "00:00", "07:30", "19:59", "23:59"])
def test_times_of_day(tmp_path: Path, value: str) -> None:
    other = value and "12:00"
    assert paths(tmp_path, audio={"quiet_from": value, "quiet_until": other}) == []


@pytest.mark.parametrize(
    "value", ["7:00", "24:00", "12:60", "22", "22:00:00", " 22:00", "22:00\n", "10 pm", "٢٢:٠٠"]
)
def test_no_times_of_day(tmp_path: Path, value: str) -> None:
    problems = paths(tmp_path, audio={"quiet_from": value, "quiet_until": "07:00"})
    assert problems == ["audio.quiet_from"]


@pytest.mark.parametrize(
    ("begin", "end", "clock", "quiet"),
    [
        ("", "", "00:00", False),
        ("", "", "23:59", False),
        ("22:00", "07:00", "21:59", False),
        ("22:00", "07:00", "22:00", True),
        ("22:00", "07:00", "23:59", True),
        ("22:00", "07:00", "00:00", True),
        ("22:00", "07:00", "06:59", True),
        ("22:00", "07:00", "07:00", False),
        ("13:00", "15:30", "12:59", False),
        ("13:00", "15:30", "13:00", True),
        ("13:00", "15:30", "15:29", True),
        ("13:00", "15:30", "15:30", False),
        ("22:00", "00:00", "23:59", True),
        ("22:00", "00:00", "00:00", False),
        ("00:00", "06:00", "00:00", True),
    ],
)
def test_quiet_hours(begin: str, end: str, clock: str, quiet: bool) -> None:
    assert Audio(quiet_from=begin, quiet_until=end).quiet_at(clock) is quiet


@pytest.mark.parametrize(
    "value", ["https://home.example", "http://10.0.0.1:8080", "https://[fd00::1]:8443"]
)
def test_origins(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, server={"allowed_origins": [value]}) == []


@pytest.mark.parametrize(
    "value",
    [
        *["home.example", "https://home.example/", "https://Home.example", "https://a:443"],
        *["http://a:80", "*", "null", "ftp://a", "https://a:99999", "https://u@a", "https://a?b"],
        *["https://", ""],
    ],
)
def test_no_origins(tmp_path: Path, value: str) -> None:
    problems = paths(tmp_path, server={"allowed_origins": ["https://good", value]})
    assert problems == ["server.allowed_origins[1]"]


@pytest.mark.parametrize("value", ["stun:a.example", "stun:10.0.0.1:3478", "stun:[fd00::1]:3478"])
def test_stun(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, ice={"stun": [value]}) == []


@pytest.mark.parametrize(
    "value",
    [
        *["", "a.example", "turn:a", "stun://a", "stun:a:0", "stun:a?transport=udp", "STUN:a"],
        "stuns:a",
    ],
)
def test_no_stun(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, ice={"stun": [value]}) == ["ice.stun[0]"]


@pytest.mark.parametrize(
    "value", ["turn:a", "turns:a.example:5349?transport=tcp", "turn:[fd00::1]?transport=udp"]
)
def test_turn(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, ice={"turn": [{"urls": [value], "secret": "s"}]}) == []


@pytest.mark.parametrize(
    "value",
    ["stun:a", "turn:", "turn:a?transport=sctp", "turn:a:65536", "turns:a?transport=udp"],
)
def test_no_turn(tmp_path: Path, value: str) -> None:
    problems = paths(tmp_path, ice={"turn": [{"urls": [value], "secret": "s"}]})
    assert problems == ["ice.turn[0].urls[0]"]


@pytest.mark.parametrize(
    ("table", "text", "expected"),
    [
        ("tls", "mode = 'files'", ["tls.certificate", "tls.private_key"]),
        ("tls", "mode = 'files'\ncertificate = 'c'\nprivate_key = 'k'", []),
        ("camera", "backend = 'file'", ["camera.device"]),
        ("camera", "backend = 'file'\ndevice = 'a.mp4'", []),
        ("audio", "backend = 'file'", ["audio.input_device"]),
        ("audio", "backend = 'file'\ninput_device = 'a.wav'", []),
        ("display", "backend = 'image'", ["display.device"]),
        ("display", "backend = 'image'\ndevice = 'a.png'", []),
        ("audio", "quiet_from = '22:00'", ["audio.quiet_until"]),
        ("audio", "quiet_until = '07:00'", ["audio.quiet_from"]),
        ("audio", "quiet_from = '07:00'\nquiet_until = '07:00'", ["audio.quiet_until"]),
        ("audio", "quiet_from = '22:00'\nquiet_until = '07:00'", []),
        ("display", "dim_from = '22:00'", ["display.dim_until"]),
        ("display", "dim_from = '07:00'\ndim_until = '07:00'", ["display.dim_until"]),
        ("server", "https_port = 80", ["server.http_port"]),
        ("server", "https_port = 80\nhttp_port = 0", []),
        ("session", "wait_timeout = 15", ["session.signal_timeout"]),
        ("session", "wait_timeout = 16", []),
        ("session", "message_bytes = 2000000", ["session.queue_bytes"]),
    ],
)
def test_contradictions(tmp_path: Path, table: str, text: str, expected: list[str]) -> None:
    assert paths(tmp_path, **{table: tomllib.loads(text)}) == expected


@pytest.mark.parametrize(
    "value", ["KEY_ENTER", "KEY_PHONE", "KEY_NUMERIC_POUND", "BTN_0", "KEY_SCREENLOCK"]
)
def test_keys(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, keys={"answer": ["KEY_A", value]}) == []


@pytest.mark.parametrize("value", ["", "KEY_PHNOE", "key_enter", "ENTER", "28", "KEY_MAX", "ABS_X"])
def test_no_keys(tmp_path: Path, value: str) -> None:
    assert paths(tmp_path, keys={"answer": ["KEY_A", value]}) == ["keys.answer[1]"]


def test_what_key_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "homecall.toml"
    path.write_text('keys.mute = ["key_micmute"]')
    with pytest.raises(ConfigError) as raised:
        load(path, {})
    assert str(raised.value) == (
        'keys.mute[0]: must be the name of a key, such as "KEY_ENTER"; did you mean KEY_MICMUTE? '
        "This shows what a press is called: homecall-appliance keys."
    )


def test_keys_by_the_environment() -> None:
    config = load(None, {"HOMECALL_KEYS__OPEN": '["KEY_A", "KEY_B"]'})
    assert config.keys.open == ("KEY_A", "KEY_B")
