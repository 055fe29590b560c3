"""Every state that a screen can show, and the panels that show it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from homecall_appliance.display import qr
from homecall_appliance.display.caption import Caption
from homecall_appliance.display.render import Look, render
from homecall_appliance.display.situation import Touch
from homecall_appliance.display.view import (
    BusyView,
    InCall,
    LinkView,
    NetworkView,
    RingingView,
    StartingView,
    StoppingView,
    Thumbnail,
    Trouble,
    View,
)
from homecall_appliance.display.words import Language
from tests.display.display_world import USUAL

TROUBLES: tuple[Trouble, ...] = ("camera", "microphone", "certificate")
LANGUAGES: tuple[Language, ...] = ("en", "ru")

MARK = "1A 2B 3C 4D 5E 6F 70 81"
"""A fingerprint."""

VISITOR = Thumbnail(32, 24, bytes((112, 128, 144)) * 32 * 24)
"""Who was missed."""

TOUCH = Touch(opens_door=True)

STATES: Mapping[str, View] = {
    "starting": StartingView(),
    "stopping": StoppingView(),
    "no network": NetworkView(),
    "idle": LinkView(USUAL),
    "idle, marked": LinkView(USUAL, fingerprint=MARK),
    "connecting": LinkView(USUAL, "connecting"),
    "in call": LinkView(USUAL, "call", 1),
    "two calls": LinkView(USUAL, "call", 2),
    "busy": BusyView(2),
    "idle, clock": LinkView(USUAL, clock="14:05"),
    "missed": LinkView(USUAL, missed="14:05", clock="15:20"),
    "missed, pictured": LinkView(USUAL, missed="14:05", clock="15:20", missed_picture=VISITOR),
    "muted": LinkView(USUAL, "call", 1, in_call=InCall(muted=True, seconds=754)),
    "camera off": BusyView(2, InCall(camera_off=True, seconds=75)),
    "ringing": RingingView(34, 45, "Enter", "Esc"),
    "ringing, no keys": RingingView(45, 45),
    "ringing in call": RingingView(7, 45, "Enter", "Esc", 1),
    "ended": LinkView(USUAL, "ended"),
    "ringing, buttons": RingingView(34, 45, buttons=TOUCH.while_ringing),
    "ringing, keys, buttons": RingingView(34, 45, "Enter", "Esc", buttons=TOUCH.while_ringing),
    "in call, buttons": LinkView(
        USUAL, "call", 1, in_call=InCall(muted=True, seconds=754), buttons=TOUCH.in_call
    ),
    "busy, buttons": BusyView(2, InCall(camera_off=True, seconds=75), Touch().in_call),
    **{f"trouble: {trouble}": LinkView(USUAL, troubles=(trouble,)) for trouble in TROUBLES},
    "trouble: muted": LinkView(USUAL, troubles=("muted",)),
    "trouble: filtered": LinkView(USUAL, troubles=("filtered",)),
    "trouble: name": LinkView(USUAL, troubles=("name",)),
    "trouble: all": LinkView(USUAL, "call", 1, TROUBLES, MARK),
}


CAPTIONS: Mapping[str, View] = {
    "in call": LinkView(USUAL, "call", 1, in_call=InCall(seconds=42)),
    "all off": BusyView(1, InCall(muted=True, camera_off=True, seconds=3754)),
    "ringing": STATES["ringing"],
    "ringing in call": STATES["ringing in call"],
    "buttons": STATES["in call, buttons"],
    "ringing, buttons": STATES["ringing, buttons"],
}
"""What is said below a visitor's picture."""

FACE = (112, 128, 144)
"""In place of it."""


@dataclass(frozen=True)
class Panel:
    """What a screen is made of, and how it hangs on the wall."""

    width: int
    height: int
    rotation: int = 0
    bits: int = 24

    def __str__(self) -> str:
        turned = f" turned {self.rotation}°" if self.rotation else ""
        return f"{self.width}×{self.height}{turned}"

    def look(self, language: Language) -> Look:
        return Look(
            (self.width, self.height),
            self.rotation,
            language,
            one_bit=self.bits == 1,
            has_pictures=self.bits > 1,
        )

    def drawn(
        self, view: View, language: Language = "en", *, shift: int = 0, dimmed: bool = False
    ) -> Image.Image:
        """What a person before the panel sees, upright, if it had all colours."""
        image = render(view, self.look(language), shift=shift, dimmed=dimmed)
        assert image.size == (self.width, self.height)
        return image.rotate(self.rotation, expand=True)

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height, as a person sees them."""
        size = self.width, self.height
        return size[::-1] if self.rotation % 180 else size

    def pictured(
        self, view: View, language: Language = "en", *, dimmed: bool = False
    ) -> Image.Image:
        """The same during a visitor's picture."""
        image = Image.new("RGB", self.upright, FACE)
        for overlay in Caption(Look(self.upright, 0, language)).draw(view, dimmed=dimmed):
            image.paste(overlay.picture, overlay.box)
        return image

    def shown(self, image: Image.Image) -> Image.Image:
        """The picture as the panel has it."""
        return image.convert("1", dither=Image.Dither.NONE) if self.bits == 1 else image


PANELS = (
    Panel(128, 64, bits=1),
    Panel(128, 64, 90, bits=1),
    Panel(240, 240),
    Panel(320, 240),
    Panel(320, 240, 90),
    Panel(480, 320),
    Panel(480, 320, 90),
    Panel(800, 480),
    Panel(800, 480, 90),
    Panel(800, 480, 180),
    Panel(800, 480, 270),
    Panel(1024, 600),
    Panel(1920, 1080),
    Panel(1920, 1080, 90),
)


@dataclass(frozen=True)
class Place:
    """Where a code is, with its quiet zone, in pixels."""

    left: int
    top: int
    size: int
    module: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.size, self.top + self.size


def code_in(image: Image.Image, url: str = USUAL) -> Place | None:
    """The place of the code, the only thing in pure black: all else is a little lighter."""
    rows, columns = np.nonzero(~np.asarray(image.convert("RGB")).any(axis=2))
    if not rows.size:
        return None
    modules = len(qr.matrix(url))
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    module, rest = divmod(int(width), modules - 2 * qr.QUIET_ZONE)
    assert (width, rest) == (height, 0)
    quiet = module * qr.QUIET_ZONE
    return Place(int(columns.min()) - quiet, int(rows.min()) - quiet, module * modules, module)
