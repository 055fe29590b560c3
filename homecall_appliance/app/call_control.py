"""What somebody inside does to the calls: by a key, a command, or a message."""

import asyncio
import logging
from collections.abc import Callable

from homecall_appliance.app.visits import Visits
from homecall_appliance.calls.call import Call
from homecall_appliance.calls.reception import Reception
from homecall_appliance.door.door import Door
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera

log = logging.getLogger(__name__)


class CallControl:
    """Accepts and ends calls, switches what they get of the house, and opens the door.

    Each method returns whether there was something to do it to, or how many.
    """

    def __init__(
        self,
        reception: Reception,
        *,
        camera: SharedCamera,
        audio: SharedAudio,
        door: Door,
        visits: Visits,
        on_change: Callable[[], None],
    ) -> None:
        """`on_change` is called when the camera or the microphone was switched."""
        self._reception = reception
        self._camera = camera
        self._audio = audio
        self._door = door
        self._visits = visits
        self._on_change = on_change
        self._openings: set[asyncio.Task[None]] = set()

    def answer(self) -> bool:
        """Let in the visitor that the house rings for; of several the one who came first."""
        self._visits.seen()
        return self._reception.accept()

    def decline(self) -> bool:
        """Tell him that nobody can answer now."""
        self._visits.seen()
        return self._reception.decline()

    def hang_up(self) -> int:
        """End every call with the appliance; return how many there were."""
        self._visits.seen()
        return self._reception.hang_up()

    def mute(self) -> bool:
        """Mute the microphone, or let it be heard again, until the last call ends."""
        self._visits.seen()
        if not self._reception.talking:
            return False
        self._audio.mute(not self._audio.muted)
        log.info("The microphone is %s.", "muted" if self._audio.muted else "heard again")
        self._on_change()
        return True

    def camera(self) -> bool:
        """Close the camera, or open it again, until the last call ends."""
        self._visits.seen()
        if not self._reception.talking:
            return False
        self._camera.turn_off(not self._camera.off)
        log.info("The camera is %s.", "off" if self._camera.off else "on again")
        self._on_change()
        return True

    def open_door(self) -> bool:
        """Have the door opened to the visitor whom the house rings for, or who was let in. The
        journal tells whether it was."""
        return self._begin_opening() is not None

    async def open_door_and_wait(self) -> bool:
        """The same, for who waits until it is open, some seconds. Raises DoorError."""
        opening = self._begin_opening()
        if opening is None:
            return False
        await asyncio.shield(opening)
        return True

    def _begin_opening(self) -> "asyncio.Task[None] | None":
        self._visits.seen()
        call = self._reception.ringing or self._reception.talking
        if call is None or not self._door.is_configured:
            return None
        opening = asyncio.create_task(self._open_to(call))
        self._openings.add(opening)
        opening.add_done_callback(self._opened)
        return opening

    def _opened(self, opening: "asyncio.Task[None]") -> None:
        self._openings.discard(opening)
        if not opening.cancelled():
            opening.exception()  # the journal has it, whether or not anybody waits for it

    async def _open_to(self, call: Call) -> None:
        await self._door.open(call.session_id)
        self._visits.on_opened(call.number)
