"""Who may import what (the rules of the house), and that every module imports without hardware."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiortc
import pytest

PACKAGE = Path(__file__).parent.parent / "homecall_appliance"
NAME = PACKAGE.name

ROOMS = {
    "__main__": {"cli"},
    "cli": {"app", "config", "control", "display", "doctor", "keys", "service"},
    "app": {
        *("acme", "calls", "certificates", "config", "control", "decoder", "display", "doctor"),
        *("door", "events", "faults", "keys", "media", "media.audio", "media.audio.echo"),
        *("media.video", "media.webrtc", "network", "service", "signaling", "web"),
    },
    # The appliance as a participant.
    "calls": {
        *("config", "faults", "media", "media.audio", "media.webrtc", "signaling"),
    },
    # A composition root like app, for diagnosis: it looks at what the daemon would use, and starts
    # in a tenth of a second, without what the daemon needs (aiohttp, aiortc).
    "doctor": {
        *(
            "acme",
            "config",
            "control",
            "decoder",
            "display",
            "door",
            "media",
            "media.audio",
            "media.audio.echo",
        ),
        *("certificates", "keys", "media.camera", "media.video", "network", "service", "web"),
    },
    # Its processes, each with the libraries of one task.
    "doctor.child": {
        *("config", "display", "doctor", "media", "media.audio", "media.audio.echo"),
        *("media.camera", "media.webrtc"),
    },
    "web": {"certificates", "faults", "network", "signaling"},
    # What happens, told to programs, web servers and brokers of the owner's.
    "events": {"config", "network", "service", "web"},
    # What TLS serves: an owner's certificate, judged, and those of the appliance's own authority.
    "certificates": {"network", "storage"},
    # Certificates of an authority on the internet; the web server serves what it writes.
    "acme": {"certificates", "faults", "network", "service", "storage"},
    # The control socket from both ends; commands start at once, so nothing heavy but in server.
    "control": set(),
    # A line of a GPIO chip, held by a process of its own that imports nothing of others.
    "door": {"config", "service"},
    # The process that decodes a phone's picture for the screen, which knows of no call.
    "decoder": {"display", "media", "media.video", "service"},
    "media.webrtc": {"faults", "media", "media.audio", "media.video"},
    "media.audio": {"config", "faults", "media"},
    "media.audio.echo": {"config", "media", "media.audio"},
    "media.video": {"config", "faults", "media", "media.camera", "service"},
    "media.camera": {"config", "media", "service"},
    "media": {"faults"},
    "display": {"faults"},
    # Buttons, keyboards and touch screens. What a press or a tap is to do is done by who implements
    # its ports.
    "keys": {"config"},
    "service": {"faults"},
    "signaling": {"faults"},
    "config": set(),
    # By which names and addresses this machine is reached, and when they change.
    "network": set(),
    # Files that survive a power cut.
    "storage": set(),
    # Where what all calls share calls into one of them.
    "faults": set(),
}
"""Each room, and the rooms that it may import besides itself."""

PURE = {
    "acme.jose",
    "acme.schedule",
    "service.log_lines",
    "signaling.mailbox",
    "signaling.messages",
    "signaling.session",
    "web.bundle",
    "web.page",
    "decoder.slots",
    "decoder.wire",
    "display.qr",
    "display.layout",
    "display.page",
    "display.pixels",
    "display.situation",
    "display.targets",
    "display.theme",
    "display.thumbnail",
    "display.view",
    "display.visibility",
    "display.visitors",
    "config.key_codes",
    "door.opening",
    "door.ports",
    "display.words",
    "config.model",
    "keys.actions",
    "keys.flood",
    "keys.labels",
    "keys.keymap",
    "keys.ports",
    "keys.presses",
    "keys.taps",
    "keys.touch_screen",
    "keys.touches",
    "media.video.depacketizer",
    "media.webrtc.answer",
    "media.webrtc.capture_time",
    "media.webrtc.offer",
    "media.audio.chimes",
    "media.audio.counter",
    "media.audio.dtx",
    "media.camera.capture_clock",
    "media.camera.modes",
    "media.audio.choice",
    "media.audio.drift",
    "media.audio.echo.aligned",
    "media.audio.echo.correlation",
    "media.audio.echo.delay",
    "media.audio.echo.drift",
    "media.audio.echo.ducking",
    "media.audio.echo.line",
    "media.audio.echo.off",
    "media.audio.fade",
    "media.audio.interpolation",
    "media.audio.jitter",
    "media.audio.loss_protection",
    "media.audio.mixer",
    "media.audio.opus_settings",
    "media.audio.playout",
    "media.audio.quiet",
    "media.audio.stats",
    "media.audio.stretch",
    "media.webrtc.candidates",
    "media.webrtc.datagrams",
    "media.webrtc.opus_parameters",
    "media.webrtc.packet_size",
    "media.webrtc.playout_delay",
    "media.webrtc.ice_urls",
    "media.webrtc.server_faults",
    "media.webrtc.server_memory",
    "media.webrtc.trickle",
    "media.webrtc.stats",
    "media.video.bitrate_control",
    "media.webrtc.sdp",
    "media.webrtc.stun",
    "media.video.annexb",
    "media.webrtc.frame_assembler",
    "media.video.feed",
    "media.video.headers",
    "media.video.passing",
    "media.video.packetizer",
    "media.video.picture",
    "media.video.rising",
    "media.video.ipc",
    "calls.call_event",
    "calls.cloudflare",
    "calls.description",
    "calls.ice_servers",
    "calls.no_path",
    "calls.totals",
    "control.figures",
    "control.json_values",
    "control.status",
    "control.status_text",
    "certificates.authority",
    "certificates.chain",
    "certificates.issuer",
    "certificates.judge",
    "certificates.profile",
    "certificates.complaints",
    "certificates.constraints",
    "certificates.pem",
    "network.name_state",
    "certificates.served_names",
    "events.call_state",
    "events.event",
    "events.mqtt.packets",
    "events.mqtt.topics",
    "doctor.acoustics.figures",
    "doctor.acoustics.programme",
    "doctor.acoustics.sweep",
    "doctor.acoustics.verdict",
    "doctor.finding",
    "doctor.facts",
    "doctor.devices",
    *(f"doctor.checks.{each.stem}" for each in (PACKAGE / "doctor" / "checks").glob("[a-z]*.py")),
    *(f"media.rtp.{each.stem}" for each in (PACKAGE / "media" / "rtp").glob("[a-z]*.py")),
    *(
        f"media.rtp.congestion.{each.stem}"
        for each in (PACKAGE / "media" / "rtp" / "congestion").glob("[a-z]*.py")
    ),
}
IMPURE = {"asyncio", "socket", "threading", "subprocess", "time", "os", "pathlib", "random"}

LIBRARIES = {
    "aiohttp": {"acme.http", "control.server", "network.lookup_resolver", "web"},
    "aioice": {"media.webrtc"},
    "aiortc": {"media.webrtc"},
    "evdev": {"keys.evdev_device"},
    "gpiod": {"door.libgpiod"},
    "dns": {"acme.propagation", "acme.rfc2136", "network.resolver"},
    "pywebrtc_audio": {"media.audio.echo.webrtc"},
    "luma": {"display.luma"},
    "picamera2": {"media.camera.picamera", "media.camera.picamera_encoder"},
    "sounddevice": {"media.audio.devices"},
    "systemd": {"service.journal"},
}
LAZY = {"gpiod", "picamera2", "libcamera", "luma", "sounddevice", "systemd", "pywebrtc_audio"}


PRIVATE = {
    # PortAudio's list of devices is made at its start, and made anew in no other way.
    "media.audio.devices": {"_initialize", "_initialized", "_terminate"},
    "media.audio.portaudio": {"_exit_handler"},
    "display.luma": {"_gpio"},
    # What is documented in spite of its name.
    "decoder.worker": {"_exit"},
    "media.video.worker": {"_exit"},
    # What aiortc has no public name for; aiortc_compat looks at each of them at the start.
    "media.webrtc.peer_connection": {"_connection", "_set_role"},
    "media.webrtc.srtp_transport": {"_rx_srtp", "_tx_srtp"},
    "media.webrtc.aiortc_compat": {
        "_check_list",
        "_connection",
        "_protocols",
        "_rx_srtp",
        "_set_role",
        "_tx_srtp",
    },
}
"""The private names of libraries that a module may use."""

OF_AIORTC = "media.webrtc.aiortc_compat"
"""The module that names all that is private to aiortc and aioice and used: six names."""

MANGLED = re.compile(r"(?<!\w)_[A-Za-z]\w*?__\w+")
"""A private name of a class as other code has to write it: `_RTCRtpSender__mid`."""

BY_NAME = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}
"""Functions that take the names of attributes as text."""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imports(module: str) -> Iterator[tuple[str, bool]]:
    """Yield what a module imports by its full name, and whether at the module's top level."""
    path = MODULES[module]
    package = [NAME, *module.split(".")] if module else [NAME]
    if path.name != "__init__.py":
        package = package[:-1]
    tree = ast.parse(path.read_text())
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, node.module] if node.module else base)
            if (PACKAGE.parent / name.replace(".", "/")).is_dir() or name == NAME:
                for alias in node.names:
                    yield f"{name}.{alias.name}", id(node) in top
            else:
                yield name, id(node) in top


def room(module: str) -> str:
    """The innermost room of ROOMS in which a module lies."""
    parts = module.split(".")
    names = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next(name for name in names if name in ROOMS)


def within(module: str, places: set[str]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_a_room_imports_only_what_it_may(module: str) -> None:
    allowed = ROOMS[room(module)] | {room(module)}
    ours = {name.removeprefix(NAME + ".") for name, _ in imports(module) if name.startswith(NAME)}
    assert {room(name) for name in ours - {"__version__"}} <= allowed


@pytest.mark.parametrize("module", sorted(PURE))
def test_a_pure_module_does_no_input_or_output(module: str) -> None:
    assert not {name.split(".")[0] for name, _ in imports(module)} & IMPURE


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_library_lives_in_its_room(module: str) -> None:
    for name, at_top in imports(module):
        library = name.split(".")[0]
        assert within(module, LIBRARIES.get(library, {module})), f"{module} imports {library}"
        assert not (at_top and library in LAZY), f"{module} imports {library} at its top"


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that code uses of others: objects that are not self, modules."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                pass
            case ast.Attribute(attr=name) if is_private(name):
                yield name
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in BY_NAME:
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                paths = [each.split(".") for each in texts if isinstance(each, str)]
                yield from (part for path in paths for part in path if is_private(part))
            case ast.Constant(value=str(text)):
                yield from MANGLED.findall(text)
            case ast.ImportFrom(module=str(module)) if not module.startswith(NAME):
                names = [*module.split("."), *(each.name for each in node.names)]
                yield from filter(is_private, names)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_private_name_of_a_library_is_used_where_it_is_listed(module: str) -> None:
    found = set(private_names(ast.parse(MODULES[module].read_text())))
    assert found == PRIVATE.get(module, set())


def test_of_what_is_private_to_aiortc_six_names_are_used_and_looked_at() -> None:
    assert len(PRIVATE[OF_AIORTC]) == 6
    used = {
        name for module in PRIVATE if module.startswith("media.webrtc") for name in PRIVATE[module]
    }
    inherited = {"_check_list", "_protocols"}  # by IceConnection, as attributes of itself
    text = MODULES["media.webrtc.ice_connection"].read_text()
    assert all(f"self.{name}" in text for name in inherited)
    assert used | inherited == PRIVATE[OF_AIORTC]


def test_aiortcs_own_peer_connection_is_imported_by_tests_alone() -> None:
    assert not [name for name, path in MODULES.items() if "RTCPeerConnection(" in path.read_text()]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_of_aiortc_the_others_import_only_what_it_exports(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if module != OF_AIORTC and isinstance(node, ast.Import):
            assert not [each.name for each in node.names if each.name.startswith("aiortc")]
        if module != OF_AIORTC and isinstance(node, ast.ImportFrom) and node.module:
            assert not node.module.startswith("aiortc.")
            if node.module == "aiortc":
                assert {each.name for each in node.names} <= {*aiortc.__all__}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("sender._ssrc", ["_ssrc"]),
        ("self._transport._state = 1", ["_state"]),
        ("self._sender._RTCRtpSender__mid", ["_RTCRtpSender__mid"]),
        ("getattr(sender, '_ssrc')", ["_ssrc"]),
        ("attrgetter('transport._state.name')", ["_state"]),
        ("NAME = '_RTCRtpReceiver__codecs'", ["_RTCRtpReceiver__codecs"]),
        ("from aiortc.rtp import _pad", ["_pad"]),
        ("self._mine; cls._mine; super()._get(); thing.__class__", []),
        ("from homecall_appliance import __version__", []),
        ("names = ['_plain', '__slots__']", []),
    ],
)
def test_private_names_are_found(code: str, names: list[str]) -> None:
    assert list(private_names(ast.parse(code))) == names


def test_every_module_imports_without_the_hardware_libraries() -> None:
    names = [f"{NAME}.{module}" if module else NAME for module in MODULES if module != "__main__"]
    program = f"""
import importlib, sys
sys.modules.update(dict.fromkeys({sorted(LAZY)!r}))
for name in {sorted(names)!r}:
    importlib.import_module(name)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
