"""What goes on at the appliance, and so what its screen shows. PURE."""

from dataclasses import dataclass
from math import ceil

from homecall_appliance.display.view import (
    PLAIN_CALL,
    Activity,
    BusyView,
    Button,
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


@dataclass(frozen=True)
class Ringing:
    """A visitor waits for somebody here to accept the call."""

    seconds_left: float
    """Until it stops ringing."""

    timeout: float
    """Seconds that it rings for in all."""

    answer: str = ""
    """The name of the key that accepts the call, as people know it; empty: there is none."""

    decline: str = ""
    """The name of the key that declines it; empty: there is none."""

    calls: int = 0
    """Calls that were accepted before, and are in progress."""

    visitor: int = 0
    """The number of the call."""


@dataclass(frozen=True)
class Touch:
    """The screen feels touches, and can show buttons."""

    opens_door: bool = False
    """Whether there is a door to be opened."""

    @property
    def while_ringing(self) -> tuple[Button, ...]:
        """What can be tapped while a visitor waits to be let in."""
        return Button.ANSWER, Button.DECLINE, *self._door

    @property
    def in_call(self) -> tuple[Button, ...]:
        """What can be tapped in a call."""
        return Button.MUTE, Button.CAMERA, Button.HANG_UP, *self._door

    @property
    def _door(self) -> tuple[Button, ...]:
        return (Button.OPEN_DOOR,) if self.opens_door else ()


@dataclass(frozen=True)
class Situation:
    """The appliance at one moment."""

    link: str | None
    """None: none is published yet."""

    has_network: bool

    calls: int
    """Calls in progress, those included whose phone is not connected yet."""

    max_calls: int

    connected: int
    """Those of them whose phone has been connected: only these leave no room for another."""

    just_ended: bool
    """Whether a call has, a moment ago."""

    stopping: bool

    troubles: tuple[Trouble, ...]

    fingerprint: str = ""
    """Of the authority that phones are asked to trust; empty: they know it already."""

    ringing: Ringing | None = None

    in_call: InCall = PLAIN_CALL

    missed: str = ""
    """The time of day when somebody rang whom nobody answered; empty: nobody, or it is known."""

    missed_picture: Thumbnail | None = None
    """Of that visitor; None: there is none."""

    clock: str = ""
    """The time of day; empty: it is not wanted."""

    touch: Touch | None = None
    """None: nothing can be tapped."""

    @property
    def view(self) -> View:
        """What is shown."""
        if self.stopping:
            return StoppingView()
        if self.ringing:
            return self._ringing(self.ringing)
        if self.link is None:
            return StartingView()
        if not self.has_network:
            return NetworkView()
        if self.connected >= self.max_calls:
            return BusyView(self.connected, self.in_call, self._buttons)
        waits = not self.calls
        return LinkView(
            self.link,
            self._activity,
            self.calls,
            self.troubles,
            self.fingerprint,
            in_call=self.in_call,
            missed=self.missed if waits else "",
            missed_picture=self.missed_picture if waits else None,
            clock=self.clock if waits else "",
            buttons=self._buttons,
        )

    def _ringing(self, ringing: Ringing) -> RingingView:
        return RingingView(
            ceil(ringing.seconds_left),
            ceil(ringing.timeout),
            ringing.answer,
            ringing.decline,
            ringing.calls,
            self.in_call,
            self.touch.while_ringing if self.touch else (),
            ringing.visitor,
        )

    @property
    def _buttons(self) -> tuple[Button, ...]:
        if self.touch is None:
            return ()
        if self.connected:
            return self.touch.in_call
        return (Button.DISMISS,) if self.missed and not self.calls else ()

    @property
    def _activity(self) -> Activity:
        if self.connected:
            return "call"
        if self.calls:
            return "connecting"
        return "ended" if self.just_ended else "idle"
