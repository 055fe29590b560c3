"""What a screen shows. PURE."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

Trouble = Literal["camera", "microphone", "muted", "certificate", "filtered", "name"]
"""What a call has to do without; `filtered` and `name`: the name of the link, which the network's
resolver hides, or does not know. What to do about it is not for everybody's eyes."""

Activity = Literal["idle", "connecting", "call", "ended"]


class Button(StrEnum):
    """What a touch on the screen can do."""

    ANSWER = "answer"
    DECLINE = "decline"
    HANG_UP = "hangup"
    MUTE = "mute"
    CAMERA = "camera"
    OPEN_DOOR = "open"

    DISMISS = "dismiss"
    """That somebody has seen who was missed. It is not drawn, and is everywhere."""


@dataclass(frozen=True)
class InCall:
    """What those who are in a call want to know of it."""

    muted: bool = False
    """Whether a key has switched the microphone here off."""

    camera_off: bool = False
    """Whether a key has switched the camera here off."""

    seconds: int | None = None
    """How long the call has lasted; None: it is not told."""


PLAIN_CALL = InCall()
"""Nothing is switched off, and the time is not told."""


@dataclass(frozen=True)
class Thumbnail:
    """A small picture of a visitor. No text of it, as in a log, has its pixels."""

    width: int
    height: int
    """Pixels."""

    pixels: bytes = field(repr=False)
    """Red, green and blue of each, row by row."""


@dataclass(frozen=True)
class StartingView:
    """The appliance is not ready yet."""


@dataclass(frozen=True)
class StoppingView:
    """The appliance is being switched off, or restarted as for an update."""


@dataclass(frozen=True)
class NetworkView:
    """No phone can reach the appliance: it has no address."""


@dataclass(frozen=True)
class LinkView:
    """The code of a link that works."""

    url: str
    """The link that is in the code."""

    activity: Activity = "idle"
    """What happens beside it; the link is good for one more call."""

    calls: int = 0
    """Calls in progress."""

    troubles: tuple[Trouble, ...] = ()

    fingerprint: str = ""
    """What a person compares before a phone is made to trust the appliance; empty: nothing."""

    in_call: InCall = PLAIN_CALL

    missed: str = ""
    """The time of day when somebody rang whom nobody answered, such as "14:05"; empty: nobody."""

    missed_picture: Thumbnail | None = None
    """Of that visitor, for a framebuffer alone; None: there is none."""

    clock: str = ""
    """The time of day, such as "14:05"; empty: it is not shown."""

    buttons: tuple[Button, ...] = ()
    """What can be tapped; empty: nothing, or the screen does not feel touches."""


@dataclass(frozen=True)
class BusyView:
    """As many calls as the appliance takes: there is no link until one of them ends."""

    calls: int

    in_call: InCall = PLAIN_CALL

    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class RingingView:
    """A visitor waits for somebody here to accept the call."""

    seconds_left: int | None
    """Until it stops ringing; None: it is not told."""

    timeout: int
    """Seconds that it rings for in all."""

    answer: str = ""
    """The name of the key that accepts the call; empty: there is none."""

    decline: str = ""
    """The name of the key that declines it; empty: there is none."""

    calls: int = 0
    """Calls in progress beside it: with them the camera and the microphone here are open."""

    in_call: InCall = PLAIN_CALL

    buttons: tuple[Button, ...] = ()

    visitor: int = 0
    """The number of the call: what is tapped is meant for this visitor, and for no other."""


@dataclass(frozen=True)
class FailedView:
    """The appliance could not start."""

    reasons: tuple[str, ...]
    """Sentences for the owner, in English as in the journal."""

    tried_again: bool
    """Whether the service manager does, in a moment."""


View = StartingView | StoppingView | NetworkView | LinkView | BusyView | RingingView | FailedView


def still(view: View) -> View:
    """Return the view without what changes each second, for a display that is slow to draw."""
    match view:
        case LinkView() | BusyView():
            return replace(view, in_call=replace(view.in_call, seconds=None))
        case RingingView():
            return replace(view, seconds_left=None, in_call=replace(view.in_call, seconds=None))
        case _:
            return view
