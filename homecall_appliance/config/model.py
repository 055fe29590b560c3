"""The configuration of the appliance: one frozen dataclass for each table of the TOML file.

The docstring under a field is its documentation: config/homecall.toml is written from it.
Durations are seconds, sizes are bytes, unless a field says otherwise.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Interval, MinLen
from pydantic import (
    AfterValidator,
    AllowInfNan,
    BeforeValidator,
    ConfigDict,
    Strict,
    StrictBool,
    StrictInt,
    with_config,
)

from homecall_appliance.config import values

Port = Annotated[StrictInt, Interval(ge=1, le=65535)]
OptionalPort = Annotated[StrictInt, Interval(ge=0, le=65535)]
Seconds = Annotated[float, Strict(), AllowInfNan(False), Interval(gt=0, le=604_800)]
Count = Annotated[StrictInt, Interval(ge=1, le=1_000_000)]
Rate = Annotated[float, Strict(), AllowInfNan(False), Interval(gt=0, le=1_000_000)]
Rotation = Annotated[Literal[0, 90, 180, 270], BeforeValidator(values.whole_number)]
PowerLineFrequency = Annotated[Literal[0, 50, 60], BeforeValidator(values.whole_number)]
Language = Literal["ru", "en"]
Text = Annotated[str, AfterValidator(values.text)]
StunUrl = Annotated[str, AfterValidator(values.stun_url)]
TurnUrl = Annotated[str, AfterValidator(values.turn_url)]
TimeOfDay = Annotated[str, AfterValidator(values.time_of_day)]
OptionalHost = Annotated[str, AfterValidator(values.optional_host)]
Network = Annotated[str, AfterValidator(values.network)]
Origin = Annotated[str, AfterValidator(values.origin)]
InterfaceName = Annotated[str, AfterValidator(values.interface)]
MediaPort = Annotated[StrictInt, AfterValidator(values.media_port)]
KeyName = Annotated[str, AfterValidator(values.key_name)]
MqttTopic = Annotated[str, AfterValidator(values.mqtt_topic)]


@dataclass(frozen=True)
class Server:
    """Where the appliance listens, and the address that it puts into links."""

    address: Annotated[str, AfterValidator(values.listening_address)] = "::"
    """Where to listen: an address of this machine. "::" is every address, IPv4 and IPv6."""

    https_port: Port = 443
    """The port of the web client and of signaling (TLS)."""

    http_port: OptionalPort = 80
    """The port of the page that helps a phone to trust the appliance; 0: no plain HTTP."""

    public_host: Annotated[str, AfterValidator(values.host)] = "auto"
    """The host in links: a name, an address, or "auto", the address that this machine has on its
    way to the network, and not in a VPN. While this network's resolver hides a name or does not
    know it, links lead to the address; a line in /etc/hosts of this machine counts as knowing."""

    public_port: OptionalPort = 0
    """The port in links, where a router maps another one to https_port; 0: https_port."""

    interfaces: tuple[InterfaceName, ...] = ()
    """The network interfaces by which phones come, such as "eth0" or "wg0": their addresses go into
    links and certificates, and calls use them. Empty: all but those of VPNs, containers and virtual
    machines. One that is not there yet may be named."""

    allowed_origins: tuple[Origin, ...] = ()
    """Further web origins that may use /signal, such as "https://home.example"."""

    trusted_proxies: tuple[Network, ...] = ()
    """Reverse proxies of your own: addresses, or networks such as "172.18.0.0/16". What they say of
    a visitor's address (X-Forwarded-For) is believed, so that the section [limits] counts each
    visitor, and not all of them as one. Whoever else comes from there can choose an address."""

    control_socket: Annotated[str, MinLen(1), AfterValidator(values.socket_path)] = (
        "/run/homecall-appliance/control.sock"
    )
    """The Unix socket of `homecall-appliance status` and `link`."""

    @property
    def link_port(self) -> int:
        """The port that a link carries."""
        return self.public_port or self.https_port


@dataclass(frozen=True)
class Acme:
    """A certificate of a public authority (RFC 8555: ACME)."""

    domain: Annotated[str, AfterValidator(values.domain)] = ""
    """The appliance's public name, such as "door.example" or "ourdoor.duckdns.org". With a DNS
    provider its addresses may be those at home."""

    email: Annotated[str, AfterValidator(values.email)] = ""
    """Where the authority may reach you; it may be empty."""

    provider: Literal["", "desec", "duckdns", "rfc2136", "exec"] = ""
    """Who has the DNS records of the domain, as lego names them: "desec" (https://desec.io),
    "duckdns" (https://www.duckdns.org), "rfc2136" (a DNS server of your own that takes updates) or
    "exec" (a program of yours, run as the service's user: it gets the arguments present NAME VALUE,
    or cleanup NAME VALUE, as from lego). Empty: the authority asks port 80 of the domain in place
    of the DNS, to which the router must forward it."""

    environment: dict[str, Text] = field(default_factory=dict, repr=False)
    """What the provider needs, by the names of lego's variables: DESEC_TOKEN; DUCKDNS_TOKEN;
    RFC2136_NAMESERVER (and RFC2136_TSIG_KEY, RFC2136_TSIG_SECRET, RFC2136_TSIG_ALGORITHM);
    EXEC_PATH, and whatever the program wants. Such as { DESEC_TOKEN = "your token" }. For an
    authority of your own, LEGO_CA_CERTIFICATES is the path of the root that its server is trusted
    by."""

    directory: Annotated[str, AfterValidator(values.https_url)] = (
        "https://acme-v02.api.letsencrypt.org/directory"
    )
    """The authority: the address of its ACME directory. Who names a domain agrees to its terms. To
    try things out: https://acme-staging-v02.api.letsencrypt.org/directory (no browser trusts its
    certificates)."""

    profile: Text = ""
    """The kind of certificate, where the authority has several, such as Let's Encrypt's
    "shortlived" (six days). Empty: the authority's choice."""

    propagation_timeout: Seconds = 120.0
    """How long a record may take to reach all DNS servers of the domain."""

    address_command: Annotated[Text, AfterValidator(values.command)] = ""
    """A program that gives the domain its addresses, with arguments of its own if it has any; it
    gets the domain and the addresses after them. Empty: the provider does it, but for "exec", with
    which they are your business, as without a provider."""


@dataclass(frozen=True)
class Tls:
    """The certificate."""

    mode: Literal["local-ca", "files", "acme"] = "local-ca"
    """"local-ca": the appliance has an authority of its own, which phones are asked to trust once.
    "files": the certificate and key named below, for an owner who has a domain name. "acme": for
    such an owner the appliance has certificates from a public authority and renews them, as
    [tls.acme] says. With either, by an address, and while there is no good certificate, the own
    authority serves."""

    certificate: Text = ""
    """PEM file with the certificate chain, for "files"; read again when it changes."""

    private_key: Text = ""
    """PEM file with the private key, for "files"; read again when it changes."""

    state_directory: Annotated[Text, MinLen(1)] = "/var/lib/homecall-appliance/tls"
    """Where the appliance's own authority has its keys, and "acme" what it gets."""

    acme: Acme = field(default_factory=Acme)
    """A certificate that every browser trusts, for a name that is yours."""


@dataclass(frozen=True)
class Session:
    """The limits of signaling sessions."""

    wait_timeout: Seconds = 600.0
    """How long a session waits for its second participant. The link on the screen is renewed a
    little before."""

    signal_timeout: Seconds = 15.0
    """After this long without an offer a participant is told that there is no signal."""

    reconnect_grace: Seconds = 30.0
    """How long a participant that lost its connection may take to come back."""

    answer_timeout: Seconds = 60.0
    """How long a phone that has come to the appliance may take to answer: most of it is the
    person's who is asked for camera and microphone. Then the call is given up."""

    max_sessions: Count = 64
    """How many sessions may exist at a time."""

    guest_sessions: StrictBool = True
    """Whether two phones may call each other through the appliance."""

    queue_messages: Count = 256
    """How many messages wait for a participant that is not there."""

    queue_bytes: Annotated[StrictInt, Interval(ge=1024, le=1 << 30)] = 1_048_576
    """How many bytes of messages wait for a participant that is not there."""

    message_bytes: Annotated[StrictInt, Interval(ge=1024, le=1 << 24)] = 65_536
    """The longest message."""


@dataclass(frozen=True)
class Limits:
    """What strangers may take of the appliance. "Address" here is an IPv4 address, or the /64
    network of an IPv6 address. Ten seconds' worth of a rate may come at once. What goes beyond a
    limit is refused; the journal names who asks for too much, once a minute."""

    connections: Count = 512
    """How many connections there may be at a time, to both ports together."""

    connections_per_address: Count = 64
    """How many of them from one address."""

    connections_per_second: Rate = 20.0
    """How many new ones from one address."""

    requests_per_second: Rate = 30.0
    """How many requests one address may make. A page takes about forty when it is loaded."""

    sockets_per_address: Count = 16
    """How many sockets of /signal one address may have open."""

    handshakes_per_second: Rate = 2.0
    """How many sockets of /signal one address may open. It is what makes guessing a link
    hopeless."""

    sessions_per_address: Count = 8
    """How many sessions one address may have made that have not ended. Those of the appliance,
    whose link is on the screen, do not count."""

    messages_per_second: Rate = 50.0
    """How many messages one address may send."""

    first_message_timeout: Seconds = 10.0
    """How long a socket of /signal may stay open that belongs to no session."""

    request_timeout: Seconds = 20.0
    """How long a connection may take for its TLS handshake, and for each of its requests."""


@dataclass(frozen=True)
class TurnServer:
    """One TURN relay. With `secret`, credentials are made for each call and expire.

    A field with `repr=False` is a secret: it is never shown, neither by `show-config`.
    """

    urls: Annotated[tuple[TurnUrl, ...], MinLen(1)] = ()
    """Its addresses, at least one, such as "turn:turn.example:3478?transport=udp"."""

    secret: Text = field(default="", repr=False)
    """The relay's shared secret for time-limited credentials (coturn: static-auth-secret)."""

    username: Text = ""
    """A fixed user name, where there is no secret."""

    credential: Text = field(default="", repr=False)
    """The password of `username`."""

    cloudflare_key_id: Text = ""
    """The key of a TURN app at Cloudflare, in place of all the others: its addresses and
    credentials are fetched from there every two hours."""

    cloudflare_token: Text = field(default="", repr=False)
    """The API token of that key."""


@dataclass(frozen=True)
class Ice:
    """Help for calls from outside the home. Nothing of a third party is used unless named here."""

    stun: tuple[StunUrl, ...] = ()
    """STUN servers, such as "stun:stun.example:3478"."""

    policy: Literal["all", "relay"] = "all"
    """"relay": calls go through a TURN relay only, at home too, and neither side learns the other's
    addresses. "all": the shortest way that there is."""

    port: MediaPort = 0
    """The first of the UDP ports that calls come in at, for who forwards them to this machine, each
    to the same number: as many as call.max_calls, and two for a phone that is coming and one that
    is just gone. 50000 with two calls is 50000 to 50003. 0: any."""

    public_address: OptionalHost = ""
    """The address, or the name, by which the internet reaches the ports of `port`: phones are told
    it with no STUN server asked. It needs `port`. Empty: nothing is told."""

    turn: tuple[TurnServer, ...] = ()
    """TURN relays: tables [[ice.turn]] with `urls`, and `secret` or `username` + `credential`; or
    with `cloudflare_key_id` and `cloudflare_token`. All of them are tried, with all of their
    urls."""

    def ports(self, max_calls: int) -> range:
        """The UDP ports for so many calls at a time; empty: any."""
        return range(self.port, self.port + max_calls + 2 if self.port else 0)


@dataclass(frozen=True)
class Camera:
    """The camera of the appliance."""

    backend: Literal["auto", "picamera2", "v4l2", "file", "test-pattern", "off"] = "auto"
    """"picamera2" (a Raspberry Pi camera), "v4l2" (a USB camera), "file" (a video file, again and
    again), "test-pattern" (a moving picture with a clock) or "off". "auto" takes picamera2, then
    v4l2."""

    device: Text = ""
    """Which camera: its number (picamera2), its path (v4l2: /dev/video0), or the path of the file.
    Empty: the first."""

    width: Annotated[StrictInt, Interval(ge=160, le=3840)] = 1280
    """Pixels."""

    height: Annotated[StrictInt, Interval(ge=120, le=2160)] = 720
    """Pixels."""

    framerate: Annotated[StrictInt, Interval(ge=1, le=60)] = 30
    """Frames per second."""

    bitrate: Annotated[StrictInt, Interval(ge=100_000, le=20_000_000)] = 1_500_000
    """Bits per second of the picture that is sent. The H.264 of a webcam that encodes by itself is
    passed on as it is if it has no more than this, which spares the processor."""

    rotation: Rotation = 0
    """Degrees clockwise that the picture is turned: 0, 90, 180 or 270."""

    power_line_frequency: PowerLineFrequency = 0
    """What the mains have, in hertz, where lamps make the picture flicker or dark stripes go
    through it: 50 (Europe, most of Asia and Africa) or 60 (North America). 0: as the camera has
    it."""


@dataclass(frozen=True)
class Audio:
    """The microphone and the loudspeaker of the appliance."""

    backend: Literal["auto", "sounddevice", "file", "tone", "silence"] = "auto"
    """"sounddevice" (the sound card), "file" (input_device is a sound file, again and again),
    "tone" (a test tone) or "silence". "auto" takes sounddevice."""

    input_device: Text = ""
    """The microphone: a part of its name as `homecall-appliance devices` shows it. Empty: a
    speakerphone, else the system's default, which counts first where PipeWire or PulseAudio runs.
    For "file": the path of the sound file."""

    output_device: Text = ""
    """The loudspeaker, likewise."""

    volume: Annotated[StrictInt, Interval(ge=0, le=100)] = 80
    """Loudness of the loudspeaker in per cent."""

    echo_cancellation: StrictBool = True
    """Whether the voice from the loudspeaker is taken out of the microphone. Switch it off for a
    speakerphone that does so itself."""

    noise_suppression: StrictBool = True
    """Whether steady noise is taken out of the microphone."""

    signals: StrictBool = True
    """Whether the loudspeaker chimes when someone is coming, and when a call has ended."""

    quiet_from: TimeOfDay = ""
    """From when on it does not, in the evening: the time of this machine's clock, such as "22:00".
    Empty: it chimes at night, too. A bell that is silent by itself is taken for a broken one, and
    a clock whose time zone nobody has set knows no night."""

    quiet_until: TimeOfDay = ""
    """From when on it chimes again, such as "07:00"."""

    def quiet_at(self, clock: str) -> bool:
        """Whether chimes are not wanted at a time of day: "00:00" to "23:59"."""
        return values.is_between(self.quiet_from, clock, self.quiet_until)


@dataclass(frozen=True)
class Display:
    """The screen that shows the code."""

    backend: Literal["auto", "framebuffer", "terminal", "luma", "image", "none"] = "auto"
    """"framebuffer" (a screen of the Pi), "terminal", "luma" (a small panel on I2C or SPI), "image"
    (a PNG file) or "none". "auto" takes framebuffer, then terminal: the one that the appliance was
    started in, or the first console."""

    device: Text = ""
    """Which screen: its path, such as /dev/fb0 or /dev/tty1 (empty: the first that has a monitor).
    For "image": the path of the PNG file. For "luma": the options of its own programs, such as
    "--display ssd1306 --interface i2c" or "--display ili9341 --interface spi --width 320 --height
    240"; "--config FILE" takes them from a file. "luma" needs: sudo apt install python3-luma.oled
    python3-luma.lcd"""

    rotation: Rotation = 0
    """Degrees clockwise by which the screen's content is turned: 0, 90, 180 or 270. At 0 it is
    turned as the kernel's own console is (fbcon=rotate, or a panel that is mounted on its side)."""

    show_remote_video: StrictBool = True
    """Whether the caller is shown on the screen during a call. Where not, or where the screen
    cannot, his camera stays off."""

    dim_from: TimeOfDay = ""
    """From when on the screen is dimmed, in the evening: the time of this machine's clock, such as
    "22:00". Empty: never. The code can be scanned all the same."""

    dim_until: TimeOfDay = ""
    """From when on it is bright again, such as "07:00"."""

    clock: StrictBool = False
    """Whether the time of day stands beside the code while there is no call."""

    def dimmed_at(self, clock: str) -> bool:
        """Whether the screen is dimmed at a time of day: "00:00" to "23:59"."""
        return values.is_between(self.dim_from, clock, self.dim_until)


@dataclass(frozen=True)
class Call:
    """Calls with the appliance itself."""

    max_calls: Annotated[StrictInt, Interval(ge=1, le=16)] = 2
    """How many phones may be in a call with the appliance at a time."""

    max_duration: Seconds = 3600.0
    """After this long a call is ended."""

    answer: Literal["auto", "ask"] = "auto"
    """Who lets a visitor in. "auto": the call begins at once, for a room that is looked into on
    purpose. "ask": the house rings, and camera and microphone stay closed until somebody inside
    answers, by a key, by a touch or by `homecall-appliance answer`; meanwhile the visitor is on the
    screen."""

    ring_timeout: Seconds = 45.0
    """With answer = "ask": so long it rings; then the visitor is told that nobody has answered."""

    keep_missed_picture: StrictBool = False
    """The screen tells that somebody rang whom nobody answered, and when, until a key is pressed or
    somebody rings again. With true it shows beside that one small picture of this visitor, of 320
    pixels at most, from the last second in which he was seen ringing. Nobody who was answered or
    declined is kept so, and it takes a framebuffer that shows the visitor. It is in the memory of
    the appliance alone, never on a disk or in a log, and is dropped with what the screen tells."""

    @property
    def asks(self) -> bool:
        """Whether somebody inside has to accept each call."""
        return self.answer == "ask"


@dataclass(frozen=True)
class Keys:
    """Keys of the appliance: a button on a GPIO line, a keypad, a keyboard, a remote, the keys of a
    speakerphone; and touch screens. Keys are named as in linux/input-event-codes.h;
    "homecall-appliance keys" shows what a press is called. Other programs get the presses, too, and
    what is typed on a keyboard counts wherever it is typed.

    A key may stand in several lists. A press does the first of what is listed here that there is
    something to do it to: it accepts a visitor, and in a call it hangs up. Where two of it are
    possible at a time, a short press does the first, and one of a second the last. So one button
    is enough for a house: in "answer", "hangup" and "open", a short press accepts and hangs up,
    and a long one opens the door; with "decline" in place of "open", it sends the visitor away. A
    button between GPIO 17 and ground is KEY_PHONE by this line in /boot/firmware/config.txt:
    dtoverlay=gpio-key,gpio=17,keycode=169

    Where there is a touch screen, a screen of the Pi (display.backend = "framebuffer") shows what
    to tap while it rings and in a call: answer, decline, hang up, microphone and camera. That needs
    no list here; only the button that opens the door does, see "open"."""

    device: Annotated[Text, MinLen(1)] = "auto"
    """"auto": every touch screen, and every device that has one of the keys, whenever it is plugged
    in. Or one alone: its path, such as one in /dev/input/by-id, or a part of its name."""

    answer: tuple[KeyName, ...] = ("KEY_PHONE", "KEY_PICKUP_PHONE", "KEY_ENTER", "KEY_KPENTER")
    """Accepts the visitor who rings."""

    decline: tuple[KeyName, ...] = ("KEY_HANGUP_PHONE", "KEY_ESC")
    """Sends the visitor away who rings."""

    hangup: tuple[KeyName, ...] = ("KEY_PHONE", "KEY_HANGUP_PHONE", "KEY_ESC")
    """Ends the call."""

    mute: tuple[KeyName, ...] = ("KEY_MICMUTE",)
    """Switches the microphone off, and on again."""

    camera: tuple[KeyName, ...] = ("KEY_CAMERA",)
    """Switches the camera off, and on again."""

    open: tuple[KeyName, ...] = ()
    """Opens the door to the visitor who rings or is in a call, such as KEY_NUMERIC_POUND; BTN_TOUCH
    gives a touch screen a button for it. None by itself: whoever gets at it could open."""


@dataclass(frozen=True)
class Door:
    """What opens the door, when someone inside wants it in a call: a line of a GPIO chip, or a
    command. docs/door.md, or /usr/share/doc/homecall-appliance/door.md, tells how to wire a relay.
    """

    gpio_chip: Text = ""
    """The chip that has the line: its name such as "gpiochip0", its path, or its label as
    `gpiodetect` shows it, which stays the same when the chips are numbered anew. It needs: sudo apt
    install python3-libgpiod. Empty: the door is not opened by a line."""

    gpio_line: Annotated[StrictInt, Interval(ge=-1, le=65535)] = -1
    """The number of the line on the chip, as `gpioinfo` shows it; on a Raspberry Pi that of the
    GPIO, and not of the pin. -1: none."""

    active_low: StrictBool = False
    """Whether the door opens while the line is low, as with most relay boards."""

    seconds: Annotated[float, Strict(), AllowInfNan(False), Interval(gt=0, le=60)] = 3.0
    """How long the line is active at most after the last wish to open, though a part of the
    appliance crashes meanwhile."""

    command: Annotated[Text, AfterValidator(values.command)] = ""
    """A program that opens the door in place of a line, and lets it close again by itself, with
    arguments if it needs any. It runs as the service's user, and has ten seconds."""


@dataclass(frozen=True)
class Events:
    """What happens at the door, told to programs of yours as JSON: docs/events.md. Neither one that
    hangs nor one that fails delays a call."""

    command: Annotated[Text, AfterValidator(values.command)] = ""
    """A program, with arguments if it has any, that is run for each event, one at a time, as the
    user of the service: it gets the event on its standard input, and what kind it is in the
    environment, as HOMECALL_EVENT. It has ten seconds. Empty: none."""

    webhook: Annotated[str, AfterValidator(values.web_url)] = field(default="", repr=False)
    """An address, such as "http://homeassistant.local:8123/api/webhook/a-secret", that each event
    is posted to. Empty: none."""


@dataclass(frozen=True)
class Mqtt:
    """The same by a broker of MQTT 3.1.1, where Home Assistant finds the appliance by itself:
    docs/events.md."""

    host: Annotated[str, AfterValidator(values.broker)] = ""
    """The broker's name or address. Empty: no MQTT."""

    port: OptionalPort = 0
    """Its port; 0: 1883, or 8883 with tls."""

    tls: StrictBool = False
    """Whether the connection is encrypted, and the broker's certificate looked at. Without it,
    everybody in the network can read along, the password too, and pretend to be the broker."""

    ca_certificate: Text = ""
    """PEM file of the authority that the broker's certificate is trusted by, where it is one of
    your own. Empty: those that this machine trusts."""

    username: Annotated[str, AfterValidator(values.credential)] = ""
    """The appliance's name at the broker, where it asks for one."""

    password: Annotated[str, AfterValidator(values.credential)] = field(default="", repr=False)
    """The password of `username`."""

    topic: Annotated[MqttTopic, MinLen(1)] = "homecall"
    """What the appliance's topics begin with."""

    discovery_prefix: MqttTopic = "homeassistant"
    """Where Home Assistant looks for devices; empty: it is not told of the appliance."""

    buttons: tuple[Literal["answer", "decline", "hang_up", "open"], ...] = ()
    """What may be commanded by MQTT: "answer" (which opens the house's camera and microphone),
    "decline", "hang_up", "open" (the door, where there is one). Whoever may write to the broker can
    press them, and so can whoever breaks into it: name "open" only where the broker asks for a
    password, and lets nobody but Home Assistant write to the appliance's topics."""

    @property
    def broker_port(self) -> int:
        """The port of the broker."""
        return self.port or (8883 if self.tls else 1883)


@dataclass(frozen=True)
class Ui:
    """The language of texts."""

    language: Literal["auto", "ru", "en"] = "auto"
    """The language of the appliance's screen and the default of the web client: "ru" or "en".
    "auto" is the system's language on the screen, and the phone's in the web client."""


@dataclass(frozen=True)
class Log:
    """What is written to the journal, or to stderr where there is none."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important messages that are written: "debug", "info", "warning" or "error"."""

    format: Literal["auto", "json"] = "auto"
    """What a line is like where no journal takes it, such as in a container: "auto" is text with
    the journal's fields as key=value, "json" one JSON object with them, for what collects logs."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Config:
    """The whole configuration. Every key has a default: an empty file is a working appliance."""

    server: Server = field(default_factory=Server)
    tls: Tls = field(default_factory=Tls)
    session: Session = field(default_factory=Session)
    limits: Limits = field(default_factory=Limits)
    ice: Ice = field(default_factory=Ice)
    camera: Camera = field(default_factory=Camera)
    audio: Audio = field(default_factory=Audio)
    display: Display = field(default_factory=Display)
    call: Call = field(default_factory=Call)
    keys: Keys = field(default_factory=Keys)
    door: Door = field(default_factory=Door)
    events: Events = field(default_factory=Events)
    mqtt: Mqtt = field(default_factory=Mqtt)
    ui: Ui = field(default_factory=Ui)
    log: Log = field(default_factory=Log)

    @property
    def link_host(self) -> str:
        """The host that links name where they can, or "auto": that of server.public_host, else the
        domain of the certificate by ACME."""
        if self.server.public_host == "auto" and self.tls.mode == "acme":
            return self.tls.acme.domain
        return self.server.public_host
