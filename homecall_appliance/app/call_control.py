"""What somebody inside does to the calls: by a key, a command, or a message."""

import logging

from homecall_appliance.calls.reception import Reception
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera

log = logging.getLogger(__name__)


class CallControl:
    """Accepts and ends calls, and switches what they get of the house.

    Each method returns whether there was something to do it to, or how many.
    """

    def __init__(self, reception: Reception, camera: SharedCamera, audio: SharedAudio) -> None:
        self._reception = reception
        self._camera = camera
        self._audio = audio

    def answer(self) -> bool:
        """Let in the visitor that the house rings for; of several the one who came first."""
        return self._reception.accept()

    def decline(self) -> bool:
        """Tell him that nobody can answer now."""
        return self._reception.decline()

    def hang_up(self) -> int:
        """End every call with the appliance; return how many there were."""
        return self._reception.hang_up()

    def mute(self) -> bool:
        """Mute the microphone, or let it be heard again, until the last call ends."""
        if not self._reception.talking:
            return False
        self._audio.mute(not self._audio.muted)
        log.info("The microphone is %s.", "muted" if self._audio.muted else "heard again")
        return True

    def camera(self) -> bool:
        """Close the camera, or open it again, until the last call ends."""
        if not self._reception.talking:
            return False
        self._camera.turn_off(not self._camera.off)
        log.info("The camera is %s.", "off" if self._camera.off else "on again")
        return True
