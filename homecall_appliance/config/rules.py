"""What keys demand of each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from homecall_appliance.config.model import Audio, Config, TurnServer

_NEEDED = (
    ("tls.mode", "files", "tls.certificate", "the path of a PEM file"),
    ("tls.mode", "files", "tls.private_key", "the path of a PEM file"),
    ("camera.backend", "file", "camera.device", "the path of a video file"),
    ("audio.backend", "file", "audio.input_device", "the path of a sound file"),
    ("display.backend", "image", "display.device", "the path of the PNG file to write"),
)
"""Where the first key has the second value, the third key cannot be empty."""


@dataclass(frozen=True)
class Contradiction:
    """Values that are good by themselves and not together."""

    keys: tuple[str, ...]
    """Paths of the keys; the first is the one to put right."""

    sentence: str


def contradictions(config: Config) -> Iterator[Contradiction]:
    """Everything in `config` that does not go together."""
    for choice, value, key, what in _NEEDED:
        if attrgetter(choice)(config) == value and not attrgetter(key)(config):
            sentence = f'must be {what}, because {choice} is "{value}".'
            yield Contradiction((key, choice), sentence)
    yield from _limits(config)
    yield from _quiet_hours(config.audio)
    for index, server in enumerate(config.ice.turn):
        yield from _turn(f"ice.turn[{index}]", server)


def _limits(config: Config) -> Iterator[Contradiction]:
    server, session = config.server, config.session
    if server.https_port == server.http_port:
        yield Contradiction(
            ("server.http_port", "server.https_port"),
            f"must be another port than server.https_port, which is {server.https_port} too; "
            "0 switches plain HTTP off.",
        )
    if session.signal_timeout >= session.wait_timeout:
        yield Contradiction(
            ("session.signal_timeout", "session.wait_timeout"),
            f"must be shorter than session.wait_timeout, which is {session.wait_timeout:g}.",
        )
    if session.queue_bytes < session.message_bytes:
        yield Contradiction(
            ("session.queue_bytes", "session.message_bytes"),
            f"must have room for one message of session.message_bytes, {session.message_bytes}.",
        )


def _quiet_hours(audio: Audio) -> Iterator[Contradiction]:
    begin, end = ("audio.quiet_from", "audio.quiet_until")
    if audio.quiet_from and not audio.quiet_until:
        yield Contradiction((end, begin), f'must be a time such as "07:00", because {begin} is.')
    elif audio.quiet_until and not audio.quiet_from:
        yield Contradiction((begin, end), f'must be a time such as "22:00", because {end} is.')
    elif audio.quiet_from and audio.quiet_from == audio.quiet_until:
        yield Contradiction(
            (end, begin),
            f"must be another time than {begin}; to have no chimes at all, set audio.signals to "
            "false.",
        )


def _turn(path: str, server: TurnServer) -> Iterator[Contradiction]:
    secret, username, credential = f"{path}.secret", f"{path}.username", f"{path}.credential"
    if not server.urls:
        yield Contradiction((f"{path}.urls",), "must name at least one address of the relay.")
    if server.secret and (server.username or server.credential):
        yield Contradiction(
            (secret, username, credential),
            "cannot stand beside username and credential; keep the one kind that the relay uses.",
        )
    elif server.username and not server.credential:
        yield Contradiction((credential, username, secret), "must be the password of username.")
    elif server.credential and not server.username:
        yield Contradiction((username, credential, secret), "must be the user of credential.")
    elif not server.secret and not server.username:
        yield Contradiction(
            (secret, username, credential),
            "must be the relay's shared secret; or give username and credential in its place.",
        )
