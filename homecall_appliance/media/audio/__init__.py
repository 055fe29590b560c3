"""Microphone and loudspeaker: one `media.ports.AudioDevice` for each value of `audio.backend`."""

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.file import SoundFile
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.ports import AudioDevice


def create_audio(settings: Audio) -> AudioDevice:
    """Make the configured sound device. Nothing is opened or looked for before `open()`."""
    match settings.backend:
        case "auto" | "sounddevice":
            return SoundCard(settings.input_device, settings.output_device)
        case "file":
            return SoundFile(settings.input_device)
        case "tone":
            return Tone()
        case "silence":
            return Silence()
