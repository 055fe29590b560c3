"""Finds out the facts: the composition root of the doctor."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from homecall_appliance.certificates.authority import RELEASED
from homecall_appliance.config.model import Config, Keys, Server
from homecall_appliance.control import client
from homecall_appliance.decoder.confinement import lacking
from homecall_appliance.display.connectors import is_connected
from homecall_appliance.display.devices import framebuffers
from homecall_appliance.doctor.devices import Devices, devices
from homecall_appliance.doctor.facts import (
    Account,
    Appliance,
    Certificate,
    Daemon,
    Device,
    Display,
    Facts,
    Framebuffer,
    InputDevices,
    Looked,
    Network,
    Port,
    Reply,
    Settings,
    Withheld,
)
from homecall_appliance.doctor.isolated import Look
from homecall_appliance.doctor.probes import certificate as certificates
from homecall_appliance.doctor.probes import clock, door, health, network, ports
from homecall_appliance.doctor.probes.account import account, denied
from homecall_appliance.doctor.probes.storage import is_volatile
from homecall_appliance.doctor.probes.withheld import withheld
from homecall_appliance.keys.choice import chosen
from homecall_appliance.keys.keymap import Keymap
from homecall_appliance.keys.sysfs import input_devices
from homecall_appliance.network import avahi
from homecall_appliance.network.addresses import (
    address_of,
    home_addresses,
    public_host,
    reachable,
)
from homecall_appliance.network.home_network import HomeNetwork
from homecall_appliance.network.name_state import Lookup, is_asked_of_resolvers
from homecall_appliance.network.resolver import look_up_in_time
from homecall_appliance.service.unit import Unit

DEVICES = Path("/dev")

_WITHOUT_SOUND_CARD = ("tone", "silence")
_WITHOUT_CAMERA = ("off", "test-pattern")


def gather(settings: Settings, look: Look, unit: Unit | None = None) -> Facts:
    """Everything that the checks want to know. Takes as long as the slowest look, at most.

    `unit` is that of the service, where the settings are the service's.
    """
    config = settings.config
    appliance = ask_appliance(config.server)
    user = account(appliance.pid)
    found_ports = _ports(config.server, appliance)
    if appliance.state is Daemon.FORBIDDEN and not any(port.ours for port in found_ports):
        appliance = Appliance(Daemon.STOPPED)  # a socket that was left behind
    with ThreadPoolExecutor() as pool:
        camera = pool.submit(_camera, config, appliance, look)
        sound = pool.submit(_sound, config, appliance, look)
        display = pool.submit(_display, config, appliance, user, look)
        webrtc = pool.submit(look, "check-aiortc", {})
        local, found = _network(config, appliance)
        return Facts(
            settings=settings,
            appliance=appliance,
            account=user,
            ports=found_ports,
            certificate=replace(
                _certificate(config, local, user, appliance),
                volatile=unit is not None and is_volatile(Path(config.tls.state_directory)),
            ),
            camera=Device(
                *camera.result(),
                denied(sorted([*DEVICES.glob("video*"), *DEVICES.glob("media*")]), user),
            ),
            sound=Device(*sound.result(), denied(sorted(DEVICES.glob("snd/[pc]*")), user)),
            display=display.result(),
            keys=_keys(config.keys, user),
            network=found,
            webrtc=webrtc.result(),
            door=door.look_at(config.door, user),
            withheld=_withheld(unit, settings) if unit else (),
        )


def gather_reach(
    settings: Settings,
    ice_servers: Sequence[Mapping[str, object]],
    without_credentials: Sequence[str],
    look: Look,
) -> Facts:
    """What tells from how far phones reach the appliance; nothing of cameras, sound and screens.

    `ice_servers` are dictionaries as RTCPeerConnection takes them; `without_credentials` tells of
    those for which there are no credentials.
    """
    config = settings.config
    appliance = ask_appliance(config.server)
    user = account(appliance.pid)
    own = home_addresses(HomeNetwork(config.server.interfaces))
    asking = {"iceServers": ice_servers, "addresses": list(map(str, own))}
    with ThreadPoolExecutor() as pool:
        ice = pool.submit(look, "ask-ice-servers", asking)
        public = pool.submit(_public_address, config.ice.public_address)
        local, found = _network(config, appliance)
        return Facts(
            settings=settings,
            appliance=appliance,
            account=user,
            ports=(),
            certificate=_certificate(config, local, user, appliance),
            camera=Device(),
            sound=Device(),
            display=Display(),
            network=found,
            webrtc=Looked(),
            ice=ice.result(),
            public_address=public.result(),
            without_credentials=tuple(without_credentials),
        )


def _withheld(unit: Unit, settings: Settings) -> tuple[Withheld, ...]:
    return withheld(unit, settings.config, Path(settings.file) if settings.file else None)


def ask_appliance(server: Server) -> Appliance:
    """The running appliance, or why it is not known."""
    place = Path(server.control_socket)
    try:
        status, answer = client.ask_status(str(place))
    except client.NotRunning as error:
        state = {
            client.Why.STOPPED: Daemon.STOPPED,
            client.Why.FORBIDDEN: Daemon.FORBIDDEN,
            client.Why.SILENT: Daemon.SILENT,
        }[error.why]
        uid, group = None, ""
        if state is not Daemon.STOPPED:
            with suppress(OSError, KeyError):
                uid, group = place.stat().st_uid, place.group()
        return Appliance(state, uid=uid, socket_group=group)
    return Appliance(Daemon.RUNNING, status, answer.pid, answer.uid)


def _ports(server: Server, appliance: Appliance) -> tuple[Port, ...]:
    return tuple(
        ports.look_at(server.address, number, appliance.pid, appliance.uid)
        for number in (server.https_port, server.http_port)
        if number
    )


def _network(config: Config, appliance: Appliance) -> tuple[Reply | None, Network]:
    """The answer of the appliance here, and how it stands with the network."""
    home = HomeNetwork(config.server.interfaces, local_name=avahi.local_name)
    with ThreadPoolExecutor() as pool:
        lookup = pool.submit(_lookup, config, home)
        local, reply, host, port = _replies(config, home, appliance)
        return local, Network(
            now=datetime.now(UTC),
            released=RELEASED,
            clock_set=clock.is_set(),
            addresses=network.outward_addresses(home_addresses(home)),
            set_apart=tuple(home.set_apart()),
            missing=tuple(home.missing()),
            default_route=network.has_default_route(),
            host=host,
            wanted_host=_wanted_host(config, home),
            lookup=lookup.result(),
            port=port,
            reply=reply,
        )


def _wanted_host(config: Config, home: HomeNetwork) -> str:
    return "" if config.link_host == "auto" else public_host(config.link_host, home)


def _lookup(config: Config, home: HomeNetwork) -> Lookup | None:
    name = _wanted_host(config, home)
    return look_up_in_time(name) if name and is_asked_of_resolvers(name) else None


def _public_address(host: str) -> Lookup | None:
    if address := address_of(host):
        return Lookup("found", frozenset({address}))
    return look_up_in_time(host) if host else None


def _replies(
    config: Config, home: HomeNetwork, appliance: Appliance
) -> tuple[Reply | None, Reply | None, str, int]:
    """The answers here and at the link's address, and that address."""
    server = config.server
    host, port = public_host(config.link_host, home), server.link_port
    if link := appliance.status.link.url:
        parts = urlsplit(link)
        host, port = parts.hostname or host, parts.port or 443
    if appliance.state in (Daemon.STOPPED, Daemon.SILENT):
        return None, None, host, port
    return (
        health.ask(reachable(server.address), server.https_port, name=host),
        health.ask(host, port),
        host,
        port,
    )


def _certificate(
    config: Config, local: Reply | None, user: Account, appliance: Appliance
) -> Certificate:
    own = certificates.stored(config.tls, user) if config.tls.mode != "local-ca" else None
    if own and own.state != "denied":
        return own
    shown = local.certificate if local else None
    found = certificates.served(shown, appliance.status.certificate) if shown else None
    return found or own or certificates.stored(config.tls, user)


def _camera(config: Config, appliance: Appliance, look: Look) -> tuple[Looked | None, bool]:
    settings, busy = config.camera, appliance.uses("camera")
    if settings.backend in _WITHOUT_CAMERA or busy:
        return None, False
    if appliance.state is Daemon.STOPPED:
        return look("open-camera", asdict(settings)), True
    if settings.backend == "file":
        return Looked(), False
    usb_only = settings.backend == "v4l2" or appliance.state is not Daemon.RUNNING
    return look("find-cameras", {"usbOnly": usb_only, "camera": asdict(settings)}), False


def _sound(config: Config, appliance: Appliance, look: Look) -> tuple[Looked | None, bool]:
    settings = config.audio
    if settings.backend in _WITHOUT_SOUND_CARD or appliance.uses("audio"):
        return None, False
    if appliance.state is Daemon.STOPPED:
        return look("open-sound", asdict(settings)), True
    if settings.backend == "file" or appliance.state is not Daemon.RUNNING:
        return None, False
    return look("find-sound", asdict(settings)), False


def _display(config: Config, appliance: Appliance, user: Account, look: Look) -> Display:
    settings = config.display
    screens = _framebuffers()
    stopped = appliance.state is Daemon.STOPPED
    looked = None
    if stopped and (settings.backend == "luma" or (screens and settings.backend == "framebuffer")):
        looked = look("open-screen", asdict(settings))
    starting_to_write = stopped and settings.backend == "image"  # a running one does write
    return Display(
        framebuffers=screens,
        terminal=_terminal(),
        looked=looked,
        unconfined=lacking(),
        unwritable=_unwritable(Path(settings.device)) if starting_to_write else "",
        denied=denied([Path(each.path) for each in screens], user),
    )


def _keys(settings: Keys, user: Account) -> InputDevices:
    codes = Keymap(settings).codes
    is_chosen = chosen(settings.device, codes)
    found = [each for each in input_devices() if is_chosen(each)]
    return InputDevices(
        tuple(dict.fromkeys(each.name for each in found if each.codes & codes)),
        denied([Path(each.path) for each in found], user),
        tuple(each.name for each in found if each.is_touch_screen),
    )


def _nodes(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in DEVICES.glob(pattern))


def _framebuffers() -> tuple[Framebuffer, ...]:
    return tuple(
        Framebuffer(
            str(each.path), each.name, each.width, each.height, is_connected(each.path.name)
        )
        for each in framebuffers(DEVICES)
    )


def _terminal() -> str:
    return next((os.ttyname(number) for number in (0, 1, 2) if os.isatty(number)), "")


def _unwritable(picture: Path) -> str:
    folder = picture.parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    return "" if os.access(folder, os.W_OK) else f"you may not write to {folder}"


def gather_devices(config: Config, look: Look) -> Devices:
    """Everything that may be chosen in the configuration, but for what a call is using."""
    appliance = ask_appliance(config.server)
    camera_free = not appliance.uses("camera")
    sound_free = not appliance.uses("audio")
    with ThreadPoolExecutor() as pool:
        cameras = pool.submit(look, "find-cameras", {"usbOnly": not camera_free})
        # The names of the configuration choose nothing here: the defaults are to be told.
        names = {"input_device": "", "output_device": ""}
        sound = pool.submit(look, "find-sound", names) if sound_free else None
        found = cameras.result()
        if not camera_free:
            found = replace(found, values={**found.values, "busy": True})
        return devices(
            found,
            sound.result() if sound else None,
            Display(_framebuffers(), _terminal()),
        )
