"""A machine on which all is fine, for tests that spoil one thing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from homecall_appliance.config.model import Config
from homecall_appliance.control.status import Status
from homecall_appliance.doctor.facts import (
    Account,
    Appliance,
    Certificate,
    Daemon,
    Device,
    Display,
    Facts,
    Framebuffer,
    Leaf,
    Looked,
    Network,
    Port,
    Reply,
    Settings,
)
from homecall_appliance.network.addresses import Names

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
NOW = RELEASED + timedelta(days=100)

OWNER = Account("pi", 1000, frozenset({1000}), own=True)
SERVICE = Account("homecall", 990, frozenset({990}), own=False)

BORNE = Names(("pi",), (ip_address("192.0.2.7"),))
LEAF = Leaf(NOW - timedelta(days=1), NOW + timedelta(days=396), BORNE)

NAMES = [
    "configuration",
    "ports",
    "certificate",
    "camera",
    "microphone",
    "speaker",
    "display",
    "keys",
    "network",
    "webrtc",
]
"""The lines of the doctor, in order."""

STATUS: Mapping[str, Any] = {
    "version": "1",
    "calls": [],
    "camera": {"state": "closed", "problem": None},
    "audio": {"state": "closed", "problem": None},
    "display": {"where": "the terminal /dev/tty1"},
}

PI_CAMERA = {"device": "0", "description": "imx708"}
WEBCAM = {
    "device": "/dev/video0",
    "description": "Webcam",
    "links": ["/dev/v4l/by-id/usb-Webcam"],
    "lasting": "/dev/v4l/by-id/usb-Webcam",
}
FOUND_CAMERAS = Looked(values={"pi": [PI_CAMERA], "v4l2": [WEBCAM]})
FOUND_SOUND = Looked(
    values={
        "devices": [{"name": "USB Audio: - (hw:1,0)", "inputs": 1, "outputs": 2}],
        "microphone": "USB Audio",
        "speaker": "USB Audio",
    }
)
SCREEN = Framebuffer("/dev/fb0", "vc4drmfb", 800, 480)


def stopped(**changes: Any) -> Facts:
    """The appliance does not run: its devices were opened for a test."""
    heard = Looked(values={**FOUND_SOUND.values, "range": 300})
    facts = Facts(
        settings=Settings(Config(), "/etc/homecall.toml"),
        appliance=Appliance(Daemon.STOPPED),
        account=OWNER,
        ports=(Port(443, "free"), Port(80, "free")),
        certificate=Certificate("stored", LEAF),
        camera=Device(Looked(values={"width": 1280, "height": 720}), opened=True),
        sound=Device(heard, opened=True),
        display=Display((SCREEN,), "", looked=Looked()),
        network=Network(NOW, RELEASED, ("192.0.2.7",), True, "192.0.2.7", 443, None),
        webrtc=Looked(values={"versions": "aiortc 1.16.0 (aioice 0.13.0)"}),
    )
    return replace(facts, **changes)


def running(status: Mapping[str, Any] | None = None, **changes: Any) -> Facts:
    """The appliance runs; its /status has `status` in place of what is usual."""
    facts = stopped(
        appliance=Appliance(
            Daemon.RUNNING, Status.from_json({**STATUS, **(status or {})}), 812, 990
        ),
        account=SERVICE,
        ports=(Port(443, "taken", ours=True), Port(80, "taken", ours=True)),
        certificate=Certificate("served", LEAF),
        camera=Device(FOUND_CAMERAS),
        sound=Device(FOUND_SOUND),
        display=Display((SCREEN,)),
        network=Network(NOW, RELEASED, ("192.0.2.7",), True, "192.0.2.7", 443, Reply("ok")),
    )
    return replace(facts, **changes)


def configured(facts: Facts, table: str, **values: Any) -> Facts:
    """The same machine with other settings."""
    config = facts.settings.config
    changed = replace(config, **{table: replace(getattr(config, table), **values)})
    return replace(facts, settings=replace(facts.settings, config=changed))
