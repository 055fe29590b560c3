"""The microphone and the loudspeaker. PURE."""

from typing import Any, Literal

from homecall_appliance.doctor.checks.devices import judged, not_answered
from homecall_appliance.doctor.facts import Facts, Looked
from homecall_appliance.doctor.finding import Finding, State, bad, fine

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
_MISSING = {
    "microphone": (
        "There is none: callers hear nothing. Connect one, such as a USB speakerphone; "
        "homecall-appliance devices lists what is found."
    ),
    "speaker": (
        "There is none: callers are not heard. Connect one, such as a USB speakerphone; "
        "homecall-appliance devices lists what is found."
    ),
}
_SILENT = (
    "{name} gives nothing but digital silence. Unmute it: alsamixer, F4, the space bar; or "
    "choose another one in audio.input_device (homecall-appliance devices lists them)."
)


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


def _judged(part: _Part, facts: Facts) -> Finding:
    settings, found = facts.settings.config.audio, facts.sound
    if settings.backend in _STANDING_IN:
        return _standing_in(part, facts)
    looked = found.looked or Looked()
    name = str(looked.values.get(part))
    return judged(
        part,
        facts,
        found,
        "audio",
        failure=not_answered(looked, "sound card") or _failure(part, looked.values),
        which=name,
        delivers=f"{name} {'gives' if part == 'microphone' else 'takes'} sound.",
    )


def _standing_in(part: _Part, facts: Facts) -> Finding:
    backend, looked = facts.settings.config.audio.backend, facts.sound.looked or Looked()
    failure = (
        not_answered(looked, "sound file")
        or looked.values.get("problem")
        or facts.appliance.device("audio").get("problem")
    )
    if failure and part == "microphone":
        return bad(part, failure)
    return fine(part, f'{_STANDING_IN[backend][part]} (audio.backend = "{backend}")')


def _failure(part: _Part, answer: Any) -> str | None:
    """What is wrong with one direction; `answer` is the child's (see doctor/child.py)."""
    problem = answer.get("problem") or answer.get(f"{part}Problem")
    if problem:
        return str(problem)
    if not answer.get(part):
        return _MISSING[part]
    if part == "microphone" and answer.get("peak") == 0:
        return _SILENT.format(name=answer[part])
    return None
