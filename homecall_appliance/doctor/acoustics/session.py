"""One test: whether it can be made now, and the figures that come of it."""

from dataclasses import asdict

from homecall_appliance.config.model import Config
from homecall_appliance.control import client
from homecall_appliance.doctor.acoustics.figures import Figures, from_values
from homecall_appliance.doctor.acoustics.programme import PLAYING_SECONDS
from homecall_appliance.doctor.checks.sound import missing_sound
from homecall_appliance.doctor.facts import Appliance, Daemon
from homecall_appliance.doctor.gather import ask_appliance
from homecall_appliance.doctor.isolated import Look

WHAT_HAPPENS = (
    f"For {PLAYING_SECONDS:.0f} seconds the loudspeaker plays two rising tones and a rustling. "
    "Please be quiet meanwhile."
)


class CannotTest(Exception):
    """The test could not be made; `str()` is a sentence for the owner."""


def check(config: Config) -> None:
    """Raise CannotTest where the configuration or the running appliance does not allow it."""
    backend = config.audio.backend
    if backend not in ("auto", "sounddevice"):
        raise CannotTest(
            f'There is nothing to test: audio.backend is "{backend}", which uses neither a '
            'microphone nor a loudspeaker. Set it to "auto".'
        )
    appliance = ask_appliance(config.server)
    if problem := _held(appliance):
        raise CannotTest(problem)


def run(config: Config, look: Look) -> Figures:
    """Play, listen and measure; raises CannotTest. It takes about a quarter of a minute."""
    looked = look("hear-echo", asdict(config.audio))
    if problem := missing_sound(looked):
        raise CannotTest(problem)
    return from_values(looked.values["figures"])


def _held(appliance: Appliance) -> str | None:
    """Why the sound card is not to be had."""
    if appliance.uses("audio"):
        return (
            "A call is using the sound card. Test it when the call is over, or end it with: "
            f"{client.RESTART}"
        )
    match appliance.state:
        case Daemon.FORBIDDEN:
            return "You may not ask the appliance whether a call is on. Try it with sudo."
        case Daemon.SILENT:
            return f"The appliance does not answer as it should. Restart it with: {client.RESTART}"
        case Daemon.RUNNING | Daemon.STOPPED:
            return None
