"""What the people inside have of the appliance: keys, a door to open, and what they are told."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from homecall_appliance.app.call_control import CallControl
from homecall_appliance.app.thumbnails import Thumbnails
from homecall_appliance.app.touch import ButtonScreen, TouchControl
from homecall_appliance.app.visits import Visits
from homecall_appliance.calls.reception import Reception
from homecall_appliance.config.model import Config
from homecall_appliance.display.ports import Frame
from homecall_appliance.display.situation import Ringing, Touch
from homecall_appliance.display.view import InCall
from homecall_appliance.door.door import create_door
from homecall_appliance.events.event import Event
from homecall_appliance.events.teller import create_teller
from homecall_appliance.keys.evdev_device import open_device
from homecall_appliance.keys.listener import KeyListener
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.web.http_client import JsonPoster

MACHINE_ID = Path("/etc/machine-id")


class Inside:
    """Puts it together, and runs it."""

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        *,
        reception: Reception,
        camera: SharedCamera,
        audio: SharedAudio,
        screen: ButtonScreen,
        on_change: Callable[[], None],
    ) -> None:
        """`on_change` is called when something is to be shown that no call tells of."""
        self._ring_timeout = config.call.ring_timeout
        self._reception = reception
        self._camera = camera
        self._audio = audio
        self._screen = screen
        self._door = create_door(config.door, environ)
        self._keeps_pictures = config.call.keep_missed_picture
        self._thumbnails = Thumbnails()
        self.visits = Visits(self._tell, on_change, self._thumbnails.take)
        self.call_control = CallControl(
            reception,
            camera=camera,
            audio=audio,
            door=self._door,
            visits=self.visits,
            on_change=on_change,
        )
        self._teller = create_teller(
            config.events,
            config.mqtt,
            control=self.call_control,
            post=JsonPoster().post,
            door=self._door.is_configured,
            machine_id=_machine_id(),
        )
        touch = TouchControl(screen, self.call_control, self.visits.seen)
        self._keys = KeyListener(config.keys, self.call_control, touch, open_device)

    async def run(self) -> None:
        """Read the keys, keep the door's line and tell events, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keys.run(), name="keys")
            group.create_task(self._door.run(), name="door")
            group.create_task(self._teller.run(), name="events")

    @property
    def events_lost(self) -> int:
        """How many events a recipient has not got, counted for each."""
        return self._teller.lost

    def see(self, peer: Peer, frame: Frame) -> None:
        """Learn what a visitor's phone sends, who may be missed. It is forgotten but where the
        owner wants one picture of him (call.keep_missed_picture)."""
        if self._keeps_pictures:
            for call in self._reception.calls:
                if call.peer is peer and call.ringing:
                    self._thumbnails.see(call.number, frame)

    def ringing(self) -> Ringing | None:
        """Return what the screen shows of a visitor who waits to be let in; None: nobody does."""
        call = self._reception.ringing
        if call is None or call.ringing_since is None:
            return None
        since = asyncio.get_running_loop().time() - call.ringing_since
        return Ringing(
            max(self._ring_timeout - since, 0.0),
            self._ring_timeout,
            answer=self._keys.answer_label,
            decline=self._keys.decline_label,
            calls=1 if self._reception.talking else 0,
            visitor=call.number,
        )

    def touch(self) -> Touch | None:
        """Return what can be tapped on the screen; None: nothing can."""
        if self._screen.targets is None or not self._keys.has_touch_screen:
            return None
        return Touch(self._door.is_configured and self._keys.touch_opens)

    def in_call(self) -> InCall:
        """Return what the screen shows of the call in progress."""
        call = self._reception.talking
        seconds = None
        if call is not None and call.begun_at is not None:
            seconds = int(asyncio.get_running_loop().time() - call.begun_at)
        return InCall(self._audio.muted, self._camera.off, seconds)

    def _tell(self, event: Event) -> None:
        self._teller.tell(event)


def _machine_id() -> str:
    """Return the text of machine-id(5), or the machine's name where there is none, as in some
    containers."""
    try:
        machine_id = MACHINE_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        machine_id = ""
    return machine_id or socket.gethostname()
