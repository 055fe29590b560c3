"""The parts of a test: a computer with the package, and the service as an owner has set it up."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.computer.appliance import WEBCAM
from tests.computer.cameras import raw_webcam
from tests.computer.installed.gpio import CHIP, Adapter, adapter
from tests.computer.installed.service import Service
from tests.computer.sounds import CARD, loopback
from tests.support.appliance import Tables
from tests.support.network import Home
from tests.support.rigs.packages import under_test
from tests.support.rigs.qemu.computer import Computer
from tests.support.rigs.qemu.computer import computer as switched_on
from tests.support.rigs.qemu.systems import with_systemd

ADDRESS = "10.77.1.3"

LINE = 2
"""That of the door."""

OPEN_SECONDS = 10.0
"""For how long it is opened: so that there is time to break something meanwhile."""

RING_SECONDS = 150.0
"""For how long the house rings: nobody waits for it but who wants to see its end."""

RINGING_HOUSE: Tables = {
    "server": {"public_host": ADDRESS},
    "camera": {**WEBCAM["camera"], "framerate": 5},
    "audio": {
        "input_device": CARD,
        "output_device": CARD,
        "echo_cancellation": False,
        "noise_suppression": False,
    },
    "call": {"answer": "ask", "ring_timeout": RING_SECONDS},
    "keys": {"open": ["KEY_O"]},
    "door": {"gpio_chip": CHIP, "gpio_line": LINE, "seconds": OPEN_SECONDS},
}
"""A house that rings, with all that it can have: a key opens the door."""


@pytest.fixture(scope="package")
def computer(network: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computer]:
    """A computer with the package, switched on for the first time: all modules share it."""
    package = under_test(tmp_path_factory.getbasetemp())
    with switched_on(network, ADDRESS, with_systemd(package)) as computer:
        yield computer


@pytest.fixture(scope="package")
def gpio(computer: Computer) -> Iterator[Adapter]:
    """The adapter that has the door's line; it is plugged in."""
    with adapter(computer) as made:
        yield made


@pytest.fixture(scope="package")
def appliance(computer: Computer, gpio: Adapter) -> Iterator[Service]:
    """The service of a house that rings, with a webcam, a sound card, a screen and a keyboard. It
    starts once for all modules, each of which has an event loop of its own."""
    del gpio  # it is plugged in
    with (
        loopback(computer),
        raw_webcam(computer),
        TemporaryDirectory(prefix="homecall-") as directory,
    ):
        service = Service(computer, Path(directory))
        asyncio.run(service.configure(RINGING_HOUSE))
        asyncio.run(service.says("The keys of"))
        yield service
        computer.run("systemctl", "stop", "homecall-appliance")
