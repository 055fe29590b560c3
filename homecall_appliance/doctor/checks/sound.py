"""The microphone and the loudspeaker. PURE."""

from typing import Literal

from homecall_appliance.doctor.checks.devices import judged, not_answered
from homecall_appliance.doctor.facts import Facts, Looked
from homecall_appliance.doctor.finding import Finding, State, bad, fine
from homecall_appliance.media.audio.choice import NO_DEVICE, NO_SOUND_CARD, digital_silence

_Part = Literal["microphone", "speaker"]

_STANDING_IN = {
    "tone": {
        "microphone": "A test tone is sent in place of a microphone.",
        "speaker": "Callers are not heard.",
    },
    "file": {
        "microphone": "A sound file is played in place of a microphone.",
        "speaker": "Callers are not heard.",
    },
    "silence": {
        "microphone": "It is switched off: callers hear nothing.",
        "speaker": "It is switched off: callers are not heard.",
    },
}
_NO_DEVICE = {"microphone": NO_DEVICE["input"], "speaker": NO_DEVICE["output"]}


def microphone(facts: Facts) -> list[Finding]:
    """One finding."""
    return [_judged("microphone", facts)]


def speaker(facts: Facts) -> list[Finding]:
    """One finding."""
    finding = _judged("speaker", facts)
    settings = facts.settings.config.audio
    muted = settings.volume == 0 and settings.backend not in _STANDING_IN
    if muted and finding.state is State.FINE:
        return [bad("speaker", "audio.volume is 0: callers are not heard. Set it to 80.")]
    return [finding]


def missing_sound(looked: Looked) -> str | None:
    """What calls would lack of sound, after a look for sound devices that has opened none."""
    microphone, speaker = _failed("microphone", looked), _failed("speaker", looked)
    if (microphone, speaker) == (_NO_DEVICE["microphone"], _NO_DEVICE["speaker"]):
        return NO_SOUND_CARD
    return microphone or speaker


def _judged(part: _Part, facts: Facts) -> Finding:
    settings, found = facts.settings.config.audio, facts.sound
    if settings.backend in _STANDING_IN:
        return _standing_in(part, facts)
    looked = found.looked or Looked()
    name = str(looked.values.get(part))
    if gone := looked.values.get(f"{part}InPlaceOf"):
        name = f'{name} (in place of "{gone}", which is gone)'
    told = facts.appliance.status.audio
    own = told.microphone_problem if part == "microphone" else told.speaker_problem
    one_of_them = told.microphone_problem or told.speaker_problem
    return judged(
        part,
        facts,
        found,
        "audio",
        problem=own if one_of_them else told.problem,
        failure=_failed(part, looked) or own,
        which=name,
        delivers=f"{name} {'gives' if part == 'microphone' else 'takes'} sound.",
    )


def _standing_in(part: _Part, facts: Facts) -> Finding:
    backend, looked = facts.settings.config.audio.backend, facts.sound.looked or Looked()
    failure = (
        not_answered(looked, "sound file")
        or looked.values.get("problem")
        or facts.appliance.status.audio.problem
    )
    if failure and part == "microphone":
        return bad(part, failure)
    return fine(part, f'{_STANDING_IN[backend][part]} (audio.backend = "{backend}")')


def _failed(part: _Part, looked: Looked) -> str | None:
    """What is wrong with one direction."""
    unanswered = not_answered(looked, "sound card")
    if unanswered:
        return unanswered
    answer = looked.values
    problem = answer.get("problem") or answer.get(f"{part}Problem")
    if problem:
        return str(problem)
    if not answer.get(part):
        return _NO_DEVICE[part]
    if part == "microphone" and answer.get("range") == 0:
        return digital_silence(answer[part])
    return None
