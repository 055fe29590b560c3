"""Whether a framebuffer's monitor is there: the kernel's files, as DRM drivers have them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from homecall_appliance.display import factory
from homecall_appliance.display.console import shown_nowhere
from homecall_appliance.display.framebuffer import LOOK_SECONDS, Framebuffer
from homecall_appliance.display.pixels import Channel, Mode
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.view import StartingView
from homecall_appliance.display.visibility import Connector, behind_console, of_framebuffer

MODE = Mode(64, 48, 32, 256, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))

HDMI_A, HDMI_B = Connector("HDMI-A-1", True, True), Connector("HDMI-A-2", False, False)


def plug(sysfs: Path, framebuffer: str, status: str, dpms: str = "On") -> None:
    """Have the only connector of a framebuffer's card tell this."""
    number = framebuffer.removeprefix("fb")
    place = sysfs / f"class/graphics/{framebuffer}/device/drm/card{number}/card{number}-HDMI-A-1"
    place.mkdir(parents=True, exist_ok=True)
    (place / "status").write_text(f"{status}\n")
    (place / "dpms").write_text(f"{dpms}\n")


@pytest.mark.parametrize(
    ("connectors", "other_master", "sentence"),
    [
        ([], False, ""),
        ([HDMI_A, HDMI_B], False, ""),
        ([HDMI_B], False, r"No monitor is connected to the screen /dev/fb0 \(HDMI-A-2\)"),
        ([HDMI_B], True, "No monitor is connected"),
        ([HDMI_A], True, "has the screen /dev/fb0, and the code is not seen"),
        ([], True, "has the screen /dev/fb0"),
        ([Connector("DSI-1", True, False), HDMI_B], False, "switched off to save energy"),
    ],
)
def test_why_a_framebuffer_is_not_seen(
    connectors: list[Connector], other_master: bool, sentence: str
) -> None:
    told = of_framebuffer("/dev/fb0", connectors, other_master=other_master)
    assert re.search(sentence, told)
    assert bool(told) == bool(sentence)


def test_another_console_and_a_desktop_are_told_apart() -> None:
    assert "The console tty2 is shown" in behind_console("tty1", "tty2", graphic=False)
    assert "A desktop has the screen (tty7)" in behind_console("tty1", "tty7", graphic=True)
    for graphic in (False, True):
        assert "sudo chvt 1" in behind_console("tty1", "tty7", graphic=graphic)


def test_a_monitor_that_is_unplugged_and_plugged_in(tmp_path: Path) -> None:
    (tmp_path / "fb0").write_bytes(bytes(MODE.size))
    now = [0.0]
    screen = Framebuffer(
        tmp_path / "fb0",
        "en",
        0,
        tmp_path / "tty1",
        mode_of=lambda _: MODE,
        clock=lambda: now[0],
        sysfs=tmp_path,
    )
    told = []
    for status, dpms in [
        ("connected", "On"),
        ("disconnected", "Off"),
        ("connected", "Off"),
        ("unknown", "On"),
    ]:
        plug(tmp_path, "fb0", status, dpms)
        screen.show(StartingView())
        told.append(screen.hidden[:20])
        now[0] += LOOK_SECONDS
    assert told == ["", "No monitor is connec", f"The screen {tmp_path}"[:20], ""]
    screen.close()


class Opened:
    """What the factory opens in place of a framebuffer: this one is none that is opened."""

    def __init__(self, path: Path, *_: object, check: Callable[[], None], **__: object) -> None:
        self.path = path
        self.check = check


@pytest.mark.parametrize("backend", ["auto", "framebuffer"])
def test_the_screen_with_a_monitor_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: factory.Backend
) -> None:
    monkeypatch.setattr(factory, "Framebuffer", Opened)
    dev, sysfs = tmp_path / "dev", tmp_path / "sys"
    dev.mkdir()

    def found() -> Opened:
        opened = factory.open_display(
            backend, "", 0, language="en", stream=None, dev=dev, sysfs=sysfs
        )
        assert isinstance(opened, Opened)
        return opened

    (dev / "fb0").touch()
    plug(sysfs, "fb0", "disconnected")
    hdmi = found()
    assert hdmi.path == dev / "fb0", "a monitor may be plugged in there"
    hdmi.check()
    (dev / "fb1").touch()
    with pytest.raises(DisplayError, match=r"Another screen has a monitor\."):
        hdmi.check()
    panel = found()
    assert panel.path == dev / "fb1", "on SPI, of which nothing is told"
    plug(sysfs, "fb0", "connected")
    panel.check()
    assert found().path == dev / "fb0"
    (dev / "fb0").unlink()
    assert found().path == dev / "fb1"


@pytest.mark.parametrize(
    ("consoles", "nowhere"),
    [
        ({}, False),
        ({"(S) dummy device": "1"}, True),
        ({"(S) dummy device": "0", "(M) frame buffer device": "1"}, False),
        ({"(S) VGA+": "1", "(S) dummy device": "1"}, False),
    ],
)
def test_consoles_that_are_shown_nowhere(
    tmp_path: Path, consoles: dict[str, str], nowhere: bool
) -> None:
    for number, (name, bound) in enumerate(consoles.items()):
        place = tmp_path / f"class/vtconsole/vtcon{number}"
        place.mkdir(parents=True)
        (place / "name").write_text(f"{name}\n")
        (place / "bind").write_text(f"{bound}\n")
    told = shown_nowhere("tty1", tmp_path)
    assert ("Connect a monitor" in told) == nowhere == bool(told)
