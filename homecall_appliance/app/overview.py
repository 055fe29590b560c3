"""What people at the appliance are shown of it: on its screen, and by `systemctl status`."""

from collections.abc import Callable, Collection

from homecall_appliance.app.link import Link
from homecall_appliance.app.name_monitor import NameMonitor
from homecall_appliance.app.network_monitor import NetworkMonitor
from homecall_appliance.calls.reception import Reception
from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.situation import Ringing, Situation, Touch
from homecall_appliance.display.view import InCall, Thumbnail, Trouble, View
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.web.onboarding import short_fingerprint


class Overview:
    """Composes it of the parts of the appliance, as they are at that moment."""

    def __init__(
        self,
        *,
        reception: Reception,
        max_calls: int,
        link: Link,
        network: NetworkMonitor,
        screen: Screen,
        camera: SharedCamera,
        audio: SharedAudio,
        certificates: Certificates,
        name: NameMonitor,
        ringing: Callable[[], Ringing | None] = lambda: None,
        in_call: Callable[[], InCall] = InCall,
        touch: Callable[[], Touch | None] = lambda: None,
        missed: Callable[[], str] = str,
        missed_picture: Callable[[], Thumbnail | None] = lambda: None,
        clock: Callable[[], str] = str,
    ) -> None:
        """`ringing` tells whether a visitor waits to be let in, `in_call` what is switched off in a
        call and how long it has lasted, `touch` what can be tapped on the screen, `missed` the time
        of day of a visitor whom nobody answered, empty where there was none, `missed_picture` a
        picture of him, and `clock` the time of day, empty where it is not wanted."""
        self.stopping = False
        """Whether the appliance is about to end."""

        self._reception = reception
        self._max_calls = max_calls
        self._link = link
        self._network = network
        self._screen = screen
        self._camera = camera
        self._audio = audio
        self._certificates = certificates
        self._name = name
        self._ringing = ringing
        self._in_call = in_call
        self._touch = touch
        self._missed = missed
        self._missed_picture = missed_picture
        self._clock = clock

    @property
    def view(self) -> View:
        """What the screen shows."""
        return Situation(
            link=self._link.url,
            has_network=self._network.connected,
            calls=len(self._reception.calls),
            max_calls=self._max_calls,
            connected=self._reception.connected,
            just_ended=self._screen.just_ended,
            stopping=self.stopping,
            troubles=tuple(self._troubles),
            fingerprint=fingerprint(self._certificates, self._link.host),
            ringing=self._ringing(),
            in_call=self._in_call(),
            touch=self._touch(),
            missed=self._missed(),
            missed_picture=self._missed_picture(),
            clock=self._clock(),
        ).view

    @property
    def words(self) -> str:
        """The state in a sentence, and what is wrong."""
        rings = self._reception.ringing is not None
        return in_words(len(self._reception.calls), self._troubles.values(), rings=rings)

    @property
    def _troubles(self) -> dict[Trouble, str]:
        return troubles(self._camera, self._audio, self._certificates, self._name)


def troubles(
    camera: SharedCamera, audio: SharedAudio, certificates: Certificates, name: NameMonitor
) -> dict[Trouble, str]:
    """Return what calls have to do without, and why."""
    problems: dict[Trouble, str | None] = {
        "camera": camera.problem,
        "muted" if audio.problems.muted else "microphone": audio.problem,
        "certificate": certificates.problem,
        "filtered" if name.hidden == "filtered" else "name": name.problem,
    }
    return {trouble: problem for trouble, problem in problems.items() if problem}


def in_words(calls: int, problems: Collection[str], *, rings: bool = False) -> str:
    """Return the state for `systemctl status`."""
    match calls:
        case _ if rings:
            state = "A visitor waits for an answer."
        case 0:
            state = "Ready for a call."
        case 1:
            state = "A call is in progress."
        case _:
            state = f"{calls} calls are in progress."
    return " ".join([state, *problems])


def fingerprint(certificates: Certificates, host: str) -> str:
    """Return what a person compares to know that an authority is this appliance's; empty where
    phones need to trust none of ours to open links to this host."""
    pem = certificates.authority_pem
    return short_fingerprint(pem) if pem and certificates.needs_trust(host) else ""
