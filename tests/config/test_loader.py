"""The loader: defaults, precedence, and every problem at once as `key.path: sentence`."""

from pathlib import Path

import pytest

from homecall_appliance.config.loader import ConfigError, load
from homecall_appliance.config.model import Config, TurnServer

ROOT = Path(__file__).parents[2]


def problems(path: Path | None, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "homecall.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_nothing_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    assert load(None, {}) == Config()
    assert load(written(tmp_path, ""), {"PATH": "/bin", "HOMECALL_CONFIG": "x"}) == Config()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[camera]\nwidth = 640\nheight = 480\ndevice = "0"\n')
    config = load(
        path,
        {
            "HOMECALL_CAMERA__WIDTH": "320",
            "HOMECALL_CAMERA__DEVICE": "1",
            "HOMECALL_CAMERA__BACKEND": "test-pattern",
            "HOMECALL_CAMERA__ROTATION": "90",
            "HOMECALL_AUDIO__ECHO_CANCELLATION": "false",
            "HOMECALL_SESSION__WAIT_TIMEOUT": "60",
            "HOMECALL_ICE__STUN": '["stun:a.example"]',
            "HOMECALL_ICE__TURN": '[{urls = ["turn:b.example"], secret = "s"}]',
        },
    )
    assert (config.camera.width, config.camera.height) == (320, 480)
    assert (config.camera.device, config.camera.backend) == ("1", "test-pattern")
    assert config.camera.rotation == 90
    assert config.audio.echo_cancellation is False
    assert config.session.wait_timeout == 60.0
    assert config.ice.stun == ("stun:a.example",)
    assert config.ice.turn == (TurnServer(urls=("turn:b.example",), secret="s"),)  # noqa: S106


def test_a_secret_is_not_in_a_representation() -> None:
    server = TurnServer(urls=("turn:b.example",), secret="hush", credential="hush")  # noqa: S106
    assert "hush" not in repr(server)


def test_the_development_configuration_loads() -> None:
    config = load(ROOT / "config" / "dev.toml", {})
    assert (config.server.https_port, config.server.http_port) == (8443, 8080)
    assert config.server.control_socket == ".run/control.sock"
    assert config.tls.state_directory == ".run/tls"
    camera = config.camera
    assert (camera.backend, camera.framerate) == ("test-pattern", 15)
    assert (camera.width, camera.height) == (1280, 720)
    assert (config.audio.backend, config.display.backend) == ("tone", "terminal")


def test_every_problem_of_file_and_environment_is_reported_at_once(tmp_path: Path) -> None:
    text = """
    [server]
    http_port = 443
    public_host = "https://home.example/"
    [tls]
    mode = "files"
    private_key = "key.pem"
    [session]
    wait_timeout = nan
    [ice]
    turn = [{urls = ["turn:a.example", 5], secret = "s"}, {username = "u", sercet = "s"}]
    [camera]
    width = "wide"
    bckend = "auto"
    volume = 3
    rotation = 45
    [log]
    level = "loud"
    [extra]
    """
    environ = {
        "HOMECALL_CALL__MAX_CALLS": "two",
        "HOMECALL_CAMERA__COLOUR": "red",
        "HOMECALL_AUDIO_BACKEND": "tone",
        "HOMECALL_AUDIO__BACKEND": "file",
    }
    host = (
        'must be "auto", or a plain host name or address such as "home.example" or '
        '"192.168.1.5", without https://, port or path.'
    )
    everything = (
        "server, tls, session, limits, ice, camera, audio, display, call, keys, door, events, "
        "mqtt, ui and log"
    )
    assert problems(written(tmp_path, text), environ) == [
        f"server.public_host: {host}",
        "session.wait_timeout: must be a number above 0 and up to 604800, not nan.",
        "ice.turn[0].urls[1]: must be a string, not 5.",
        "ice.turn[1].sercet: unknown key; did you mean ice.turn[1].secret?",
        'camera.width: must be an integer from 160 to 3840, not "wide".',
        "camera.rotation: must be 0, 90, 180 or 270, not 45.",
        "camera.bckend: unknown key; did you mean camera.backend?",
        "camera.volume: unknown key; did you mean audio.volume?",
        'log.level: must be "debug", "info", "warning" or "error", not "loud".',
        f"extra: unknown key; there is {everything}.",
        "HOMECALL_AUDIO_BACKEND: no key of the configuration has this variable; "
        "did you mean HOMECALL_AUDIO__BACKEND?",
        "HOMECALL_CAMERA__COLOUR: no key of the configuration has this variable; "
        "see the keys in homecall.toml, or unset it.",
        'call.max_calls: must be an integer from 1 to 16, not "two" (HOMECALL_CALL__MAX_CALLS).',
        'tls.certificate: must be the path of a PEM file, because tls.mode is "files".',
        'audio.input_device: must be the path of a sound file, because audio.backend is "file".',
        "server.http_port: must be another port than server.https_port, which is 443 too; "
        "0 switches plain HTTP off.",
        "ice.turn[1].urls: must name at least one address of the relay.",
        "ice.turn[1].credential: must be the password of username.",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("camera = 3", "camera: must be a table, not an integer."),
        ("[[camera]]", "camera: must be a table, not an array."),
        ("[ice]\nturn = [3]", "ice.turn[0]: must be a table, not an integer."),
        ('[ice]\nstun = "stun:a"', "ice.stun: must be an array of strings, not a string."),
        ("[ice]\nstun = {}", "ice.stun: must be an array of strings, not a table."),
        ("[camera]\ndevice = 2020-01-01", "camera.device: must be a string, not a date or time."),
        ("[camera]\nrotation = false", "camera.rotation: must be a whole number."),
        (
            "[camera]\nframerate = true",
            "camera.framerate: must be an integer from 1 to 60, not true.",
        ),
        (
            "[camera]\nwidth = 640.0",
            "camera.width: must be an integer from 160 to 3840, not 640.0.",
        ),
        (
            f"[camera]\nwidth = 0x{'f' * 5000}",
            "camera.width: must be an integer from 160 to 3840, not an integer.",
        ),
        (
            "[call]\nmax_duration = inf",
            "call.max_duration: must be a number above 0 and up to 604800, not inf.",
        ),
        ("[session]\nguest_sessions = 1", "session.guest_sessions: must be true or false, not 1."),
        (
            '[tls]\nstate_directory = ""',
            'tls.state_directory: must be a string that is not empty, not "".',
        ),
        (
            '[camera]\ndevice = "a\\u0000b"',
            "camera.device: must not contain control characters or broken UTF-8.",
        ),
        (
            f'[server]\ncontrol_socket = "/{"s" * 107}"',
            "server.control_socket: must be at most 107 bytes long; choose a shorter path.",
        ),
        ('"a b".c = 1', None),
    ],
)
def test_wrong_values(tmp_path: Path, text: str, problem: str | None) -> None:
    (found,) = problems(written(tmp_path, text))
    assert found == problem or (problem is None and found.startswith('"a b": unknown key; there'))


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    path = written(tmp_path, "[[ice.turn]]\nurls = ['turn:a']\nsecret = 20251122\n")
    found = problems(path, {"HOMECALL_ICE__TURN": '[{secret = "hush"'})
    assert found == [
        "ice.turn[0].secret: must be a string, not an integer.",
        "ice.turn: must be an array of tables, not a string (HOMECALL_ICE__TURN).",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[camera]\nwidth =\n", "is not valid TOML: Invalid value (at line 2, column 8)."),
        (b"[camera]\n# \xff\n", "line 2 is not UTF-8 text; save the file as UTF-8."),
        (b"a = " + b"[" * 50_000, "is not valid TOML: a number is too long, or arrays are nested"),
        (b"a = " + b"9" * 5000, "is not valid TOML: a number is too long, or arrays are nested"),
    ],
)
def test_an_unreadable_file_hides_no_problem_of_the_environment(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = written(tmp_path, content)
    # tls.certificate may stand in the file: nothing is said of it while the file is unreadable.
    environ = {"HOMECALL_TLS__MODE": "files", "HOMECALL_LOG__LEVEL": "all"}
    first, second = problems(path, environ)
    assert first.startswith(f"{path}: {sentence}")
    assert second.endswith('not "all" (HOMECALL_LOG__LEVEL).')


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert problems(path) == [f"{path}: there is no such file; name another one with --config."]
    assert problems(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory."]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert (
        load(written(tmp_path, b"\xef\xbb\xbf[camera]\r\nwidth = 640\r\n"), {}).camera.width == 640
    )


@pytest.mark.parametrize(
    "text",
    ["", "1\nother = 2", "1 2", pytest.param("[" * 50_000, id="deep"), "nan", "2020-01-01", "'80'"],
)
def test_a_variable_is_one_value_of_the_right_type(text: str) -> None:
    (found,) = problems(None, {"HOMECALL_AUDIO__VOLUME": text})
    assert found.startswith("audio.volume: must be an integer from 0 to 100, not ")
    assert found.endswith(" (HOMECALL_AUDIO__VOLUME).")


def test_a_variable_that_is_not_utf8_can_be_printed() -> None:
    environ = {
        "HOMECALL_CAMERA__DEVICE": "\udcff",
        "HOMECALL_X__\udcff": "",
        "HOMECALL_UI__LANGUAGE": "\udcff",
    }
    assert len("\n".join(problems(None, environ)).encode()) > 0
