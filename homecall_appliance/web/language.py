"""The language of a person, as their browser tells it. PURE."""

from homecall_appliance.signaling.messages import Language

_SPOKEN: dict[str, Language] = {"ru": "ru", "en": "en"}


def preferred_language(accept_language: str, *, default: Language = "ru") -> Language:
    """Russian or English, whichever the header Accept-Language (RFC 9110, section 12.5.4) puts
    first; `default` where it names neither."""
    best, language = 0.0, default
    for entry in accept_language.split(","):
        tag, _, parameter = entry.partition(";")
        spoken = _SPOKEN.get(tag.strip().lower().partition("-")[0])
        weight = _weight(parameter)
        if spoken and weight > best:
            best, language = weight, spoken
    return language


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
