"""What a screen shows, and its words. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

Language = Literal["ru", "en"]

Device = Literal["camera", "sound"]


@dataclass(frozen=True)
class StartingView:
    """The appliance is not ready yet."""


@dataclass(frozen=True)
class LinkView:
    """The code of a link that works."""

    url: str
    """The link that is in the code."""

    calls: int = 0
    """Calls in progress; the link is good for one more."""

    broken: tuple[Device, ...] = ()
    """What calls have to do without. What to do about it is not for everybody's eyes."""


@dataclass(frozen=True)
class BusyView:
    """As many calls as the appliance takes: there is no link until one of them ends."""

    calls: int


@dataclass(frozen=True)
class ProblemView:
    """Why nobody can call, and what to do."""

    sentences: tuple[str, ...]


View = StartingView | LinkView | BusyView | ProblemView

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "ru": {
        "starting": "HomeCall запускается…",
        "use": "Наведите камеру телефона на код или откройте ссылку — и начнётся звонок.",
        "call": "Идёт разговор. По этому коду можно позвонить с ещё одного телефона.",
        "calls": "Разговоров сейчас: {calls}. По этому коду можно позвонить с ещё одного телефона.",
        "busy": "Идёт разговор. Новый код появится, когда он закончится.",
        "busy_calls": "Разговоров сейчас: {calls}. Новый код появится, когда закончится любой.",
        "problem": "HomeCall не может принимать звонки.",
        "camera": "Здесь неполадки с камерой.",
        "sound": "Здесь неполадки со звуком.",
        "small": "Окно мало для кода: увеличьте его или откройте ссылку.",
    },
    "en": {
        "starting": "HomeCall is starting…",
        "use": "Point your phone's camera at the code, or open the link, and you are in a call.",
        "call": "A call is in progress. This code is for one more phone.",
        "calls": "{calls} calls are in progress. This code is for one more phone.",
        "busy": "A call is in progress. A new code appears when it ends.",
        "busy_calls": "{calls} calls are in progress. A new code appears when one of them ends.",
        "problem": "HomeCall cannot take calls.",
        "camera": "There is a problem with the camera here.",
        "sound": "There is a problem with the sound here.",
        "small": "The window is too small for the code: make it larger, or open the link.",
    },
}


def sentences(view: View, language: Language) -> tuple[str, ...]:
    """What is written beside the code, or in its place."""
    words = _WORDS[language]
    broken = [words[device] for device in view.broken] if isinstance(view, LinkView) else []
    match view:
        case StartingView():
            return (words["starting"],)
        case LinkView(calls=0):
            return (words["use"], *broken)
        case LinkView():
            progress = words["call" if view.calls == 1 else "calls"]
            return (progress.format(calls=view.calls), *broken)
        case BusyView():
            progress = words["busy" if view.calls == 1 else "busy_calls"]
            return (progress.format(calls=view.calls),)
        case ProblemView():
            return (words["problem"], *view.sentences)
        case _:
            assert_never(view)


def too_small(language: Language) -> str:
    """What is written where a window has no room for the code."""
    return _WORDS[language]["small"]


def screen_language(setting: Literal["auto", "ru", "en"], environ: Mapping[str, str]) -> Language:
    """The language of the screen: as set, or that of the system's messages (POSIX.1-2017, 8.2);
    Russian where that is neither Russian nor English."""
    if setting != "auto":
        return setting
    names = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    return "en" if locale.partition(".")[0].partition("_")[0] == "en" else "ru"
