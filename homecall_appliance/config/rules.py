"""What keys demand of each other."""

from collections.abc import Iterator
from operator import attrgetter

from homecall_appliance.config import acme_rules
from homecall_appliance.config.model import Config, Door, Mqtt, TurnServer
from homecall_appliance.config.problems import Contradiction

_NEEDED = (
    ("tls.mode", "files", "tls.certificate", "the path of a PEM file"),
    ("tls.mode", "files", "tls.private_key", "the path of a PEM file"),
    ("camera.backend", "file", "camera.device", "the path of a video file"),
    ("audio.backend", "file", "audio.input_device", "the path of a sound file"),
    ("display.backend", "luma", "display.device", 'luma\'s options, such as "--display ssd1306"'),
    ("display.backend", "image", "display.device", "the path of the PNG file to write"),
)
"""Where the first key has the second value, the third key cannot be empty."""

_LAST_PORT = 65535
_MDNS_PORT = 5353

_HOURS = (
    (
        "audio.quiet_from",
        "audio.quiet_until",
        "to have no chimes at all, set audio.signals to false",
    ),
    ("display.dim_from", "display.dim_until", "leave both empty to have it bright always"),
)
"""Where a span of the day begins and ends, and what its owner wants who sets both alike."""


def contradictions(config: Config) -> Iterator[Contradiction]:
    """Everything in `config` that does not go together."""
    for choice, value, key, what in _NEEDED:
        if attrgetter(choice)(config) == value and not attrgetter(key)(config):
            sentence = f'must be {what}, because {choice} is "{value}".'
            yield Contradiction((key, choice), sentence)
    if attrgetter("tls.mode")(config) == "acme":
        yield from acme_rules.contradictions(config)
    yield from _limits(config)
    for begin, end, never in _HOURS:
        yield from _hours(begin, end, config, never)
    for index, server in enumerate(config.ice.turn):
        yield from _turn(f"ice.turn[{index}]", server)
    yield from _ice(config)
    yield from _door(config.door)
    yield from _mqtt(config.mqtt)


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


def _hours(begin: str, end: str, config: Config, never: str) -> Iterator[Contradiction]:
    """`begin` and `end` are keys that have a time of day, or both have none."""
    begins, ends = attrgetter(begin, end)(config)
    if begins and not ends:
        yield Contradiction((end, begin), f'must be a time such as "07:00", because {begin} is.')
    elif ends and not begins:
        yield Contradiction((begin, end), f'must be a time such as "22:00", because {end} is.')
    elif begins and begins == ends:
        yield Contradiction((end, begin), f"must be another time than {begin}; {never}.")


def _ice(config: Config) -> Iterator[Contradiction]:
    ice, calls = config.ice, config.call.max_calls
    ports = ice.ports(calls)
    if ice.policy == "relay" and not ice.turn:
        yield Contradiction(
            ("ice.turn", "ice.policy"), 'must name a relay, because ice.policy is "relay".'
        )
    if ice.public_address and not ice.port:
        yield Contradiction(
            ("ice.port", "ice.public_address"),
            "must be the first of the UDP ports that are forwarded, such as 50000, because "
            "ice.public_address is set.",
        )
    if ports and ports[-1] > _LAST_PORT:
        yield Contradiction(
            ("ice.port", "call.max_calls"),
            f"must be {_LAST_PORT - len(ports) + 1} at most: {calls} calls take {len(ports)} ports "
            "from there.",
        )
    elif _MDNS_PORT in ports:
        yield Contradiction(
            ("ice.port", "call.max_calls"),
            f"must leave port {_MDNS_PORT} free, which belongs to names in the home (mDNS): calls "
            f"would take {ports[0]} to {ports[-1]}.",
        )


def _door(door: Door) -> Iterator[Contradiction]:
    keys = ("door.gpio_chip", "door.gpio_line", "door.command")
    chip, line, command = keys
    has_line = door.gpio_line >= 0
    if door.command and (door.gpio_chip or has_line):
        yield Contradiction(
            (command, chip, line),
            "cannot stand beside gpio_chip and gpio_line; keep the one of them that opens the "
            "door.",
        )
    elif door.gpio_chip and not has_line:
        yield Contradiction(
            (line, chip),
            "must be the number of the line that opens the door (gpioinfo lists them), because "
            "door.gpio_chip is set.",
        )
    elif has_line and not door.gpio_chip:
        yield Contradiction(
            (chip, line),
            'must be the chip that has the line, such as "gpiochip0" (gpiodetect lists them), '
            "because door.gpio_line is set.",
        )


def _mqtt(mqtt: Mqtt) -> Iterator[Contradiction]:
    if mqtt.password and not mqtt.username:  # MQTT 3.1.1, section 3.1.2.9
        yield Contradiction(
            ("mqtt.username", "mqtt.password"), "must be the user that mqtt.password is for."
        )
    if mqtt.ca_certificate and not mqtt.tls:
        yield Contradiction(
            ("mqtt.tls", "mqtt.ca_certificate"),
            "must be true, because mqtt.ca_certificate is set; without TLS no certificate is "
            "looked at.",
        )


def _turn(path: str, server: TurnServer) -> Iterator[Contradiction]:
    secret, username, credential = f"{path}.secret", f"{path}.username", f"{path}.credential"
    key, token = f"{path}.cloudflare_key_id", f"{path}.cloudflare_token"
    if server.cloudflare_key_id or server.cloudflare_token:
        if not server.cloudflare_token:
            yield Contradiction((token, key), "must be the API token of cloudflare_key_id.")
        if not server.cloudflare_key_id:
            yield Contradiction((key, token), "must be the key that cloudflare_token is for.")
        if server.urls or server.secret or server.username or server.credential:
            yield Contradiction(
                (key, f"{path}.urls", secret, username, credential),
                "cannot stand beside urls, secret, username or credential: they come from "
                "Cloudflare.",
            )
        return
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
