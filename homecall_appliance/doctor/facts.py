"""What the probes find out and the checks judge. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from homecall_appliance.certificates.pem import PemFile
from homecall_appliance.config.model import Config
from homecall_appliance.config.problems import Problem
from homecall_appliance.control.status import DeviceStatus, Status
from homecall_appliance.network.addresses import Names
from homecall_appliance.network.name_state import Lookup


@dataclass(frozen=True)
class Settings:
    """The configuration."""

    config: Config
    """In force; where there are problems, with the defaults in place of what is wrong."""

    file: str = ""
    """Where it was read from; "": there is no file."""

    problems: tuple[Problem, ...] = ()


class Daemon(StrEnum):
    """Whether the appliance runs."""

    RUNNING = "running"
    STOPPED = "stopped"
    FORBIDDEN = "forbidden"
    """There is a control socket that this user may not ask."""
    SILENT = "silent"
    """Something is there and gives no proper answer."""


@dataclass(frozen=True)
class Appliance:
    """The running appliance, or none."""

    state: Daemon
    status: Status = field(default_factory=Status)
    """What it tells of itself."""

    pid: int | None = None
    uid: int | None = None
    socket_group: str = ""
    """Whose members may ask it."""

    def device(self, name: Literal["camera", "audio"]) -> DeviceStatus:
        """What it tells of a device that the calls share."""
        return self.status.camera if name == "camera" else self.status.audio

    def uses(self, name: Literal["camera", "audio"]) -> bool:
        """Whether a call has the device, or is about to have it."""
        return bool(self.status.calls) or self.device(name).state == "open"


@dataclass(frozen=True)
class Account:
    """The user whose permissions count: the running appliance's, else the service's where root
    looks, else the one who looks."""

    name: str
    uid: int
    groups: frozenset[int]
    own: bool
    """Whether it is the one who looks."""


@dataclass(frozen=True)
class Denied:
    """A device that `Account` may not open."""

    path: str
    group: str


@dataclass(frozen=True)
class Withheld:
    """A file or program that the configuration names, and that the installed service cannot use."""

    key: str
    """The key that names it; for the configuration itself, its path."""

    path: str
    how: Literal["hidden", "read-only", "denied"]
    """`hidden`: its unit does not let it see that; `read-only`: nor write there; `denied`: its
    user may not read it, or run it."""

    folder: str = ""
    """The folder that is hidden, which the path lies in or leads to."""

    user: str = ""
    """The one of `denied`."""


@dataclass(frozen=True)
class Port:
    """A port that the configuration names."""

    number: int
    state: Literal["free", "taken", "forbidden", "no address", "failed"]
    """`forbidden`: free, and only root or the service may open it."""

    ours: bool = False
    """Whether the running appliance has it."""

    holder: str = ""
    """Who has it, where that may be known: `nginx (process 812)`."""

    reason: str = ""


@dataclass(frozen=True)
class Leaf:
    """A server certificate."""

    begin: datetime
    end: datetime
    names: Names
    """What it vouches for."""


@dataclass(frozen=True)
class Root:
    """The authority of the appliance's own that phones are asked to trust."""

    fingerprint: str
    """What its fingerprint begins with, as the screen shows it."""

    end: datetime


@dataclass(frozen=True)
class Certificate:
    """The certificate that is served, or that the files have."""

    state: Literal["served", "stored", "missing", "denied", "damaged", "outdated"]
    """`outdated`: the authority could vouch for every site."""

    leaf: Leaf | None = None
    """That of `served`, and of `stored` where the authority is the appliance's own."""

    root: Root | None = None
    path: str = ""
    """The file that is missing, denied or damaged."""

    reason: str = ""
    denied: str = ""
    """The file of `stored` that the service's user may not read."""

    volatile: bool = False
    """Whether the service keeps its keys in memory, so that they end with the machine's power."""

    pair: tuple[PemFile, PemFile] | None = None
    """The owner's certificate and key, or those that an authority has issued, where they are
    `stored`."""


@dataclass(frozen=True)
class Looked:
    """How a look at a library or a device in a process of its own ended."""

    outcome: Literal["answered", "hung", "crashed"] = "answered"
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Device:
    """What was found out about the camera, or about the sound card."""

    looked: Looked | None = None
    """None: a call uses it, or somebody unknown may."""

    opened: bool = False
    """Whether it was opened for a test: only while the appliance does not run."""

    denied: tuple[Denied, ...] = ()


@dataclass(frozen=True)
class Framebuffer:
    """A screen of the kernel's."""

    path: str
    name: str = ""
    width: int = 0
    height: int = 0

    connected: bool = True
    """Whether it has a monitor, as far as the kernel knows."""


@dataclass(frozen=True)
class Display:
    """What was found out about screens."""

    framebuffers: tuple[Framebuffer, ...] = ()
    terminal: str = ""
    """The terminal of the one who looks; empty: none."""

    looked: Looked | None = None
    """How opening the framebuffer or the panel went; None: it was not tried."""

    unconfined: tuple[str, ...] = ()
    """What a process cannot be confined with on this machine: see `decoder.confinement`."""

    unwritable: str = ""
    """Why the picture's folder cannot be written to, for display.backend = "image"."""

    denied: tuple[Denied, ...] = ()


@dataclass(frozen=True)
class InputDevices:
    """What was found out about those that keys.device means and that have one of the keys, or are
    touch screens."""

    names: tuple[str, ...] = ()
    """Of those with keys."""

    denied: tuple[Denied, ...] = ()

    touch_screens: tuple[str, ...] = ()
    """The names of these, one for each."""


@dataclass(frozen=True)
class Door:
    """What was found out about what opens the door."""

    path: str = ""
    """The chip, or the program of door.command; empty: neither is configured, or see `problem`."""

    user: str | None = None
    """Who uses the line; None: nobody."""

    ours: bool = False
    """Whether that is the appliance."""

    problem: str = ""
    """Why it cannot be used, and what to do."""

    closed: bool = False
    """Whether the one who looks may not open the chips."""

    denied: tuple[Denied, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What came of asking a web server for /healthz."""

    state: Literal["ok", "failing", "stranger", "unknown name", "no answer"]
    reason: str = ""
    certificate: bytes | None = None
    """The server's certificate (DER)."""


@dataclass(frozen=True)
class Network:
    """What was found out about the network and the clock."""

    now: datetime
    released: datetime
    """No clock is believed that says an earlier moment."""

    addresses: tuple[str, ...] = ()
    """Those by which phones at home may reach this machine."""

    default_route: bool = True
    host: str = ""
    """The host in links."""

    port: int = 443
    reply: Reply | None = None
    """The answer under the link's own address; None: the appliance does not run."""

    set_apart: tuple[str, ...] = ()
    """The interfaces whose addresses do not count: of VPNs and containers, or not wanted."""

    missing: tuple[str, ...] = ()
    """The interfaces of server.interfaces that this machine does not have."""

    wanted_host: str = ""
    """The one that server.public_host names; empty: it names none."""

    lookup: Lookup | None = None
    """What this network's resolver says of `wanted_host`; None: that is no name of the DNS."""

    clock_set: bool | None = None
    """Whether the clock is kept right by the network's time, as the kernel has it; None: that is
    not known."""


@dataclass(frozen=True)
class Facts:
    """Everything."""

    settings: Settings
    appliance: Appliance
    account: Account
    ports: tuple[Port, ...]
    certificate: Certificate
    camera: Device
    sound: Device
    display: Display
    network: Network
    webrtc: Looked
    """How looking at aiortc went."""

    keys: InputDevices = InputDevices()

    ice: Looked = Looked()
    """How asking the STUN and TURN servers went: see `doctor.child.ask_ice_servers`."""

    public_address: Lookup | None = None
    """What this network's resolver says of ice.public_address; None: it is empty."""

    without_credentials: tuple[str, ...] = ()
    """Why services give no credentials for TURN servers, and what to do: sentences."""

    door: Door = Door()
    """What opens the door."""

    withheld: tuple[Withheld, ...] = ()
    """None where the service is not installed, or the configuration is another one than its."""
