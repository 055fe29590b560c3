"""The language of a person, as their browser tells it (protocol.md, section 6). PURE."""

import re

from homecall_appliance.signaling.messages import Language

_SPOKEN: dict[str, Language] = {"ru": "ru", "en": "en"}
_TAG = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8})*")  # RFC 4647, section 2.1


def preferred_language(accept_language: str) -> Language:
    """Russian or English, whichever the header Accept-Language (RFC 9110, section 12.5.4) puts
    first. English where it asks for other languages only, unless it refuses English; Russian where
    it asks for none."""
    weights: dict[str, float] = {}
    for entry in accept_language.split(","):
        tag, _, parameter = entry.strip().lower().partition(";")
        if _TAG.fullmatch(tag.strip()):
            language = tag.strip().partition("-")[0]
            weights[language] = max(weights.get(language, 0.0), _weight(parameter))
    spoken = [language for language in weights if language in _SPOKEN and weights[language] > 0]
    if spoken:
        return _SPOKEN[max(spoken, key=weights.__getitem__)]
    others = any(weights[language] > 0 for language in weights)
    return "en" if others and "en" not in weights else "ru"


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
