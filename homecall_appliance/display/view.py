"""What a screen shows, and its words. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never
from urllib.parse import urlsplit

Language = Literal["ru", "en"]

LETTERS: Mapping[Language, str] = {"ru": "Жя", "en": ""}
"""Without which a font cannot write the words of a language."""

Trouble = Literal["camera", "microphone", "muted", "certificate", "filtered", "name"]
"""What a call has to do without; `filtered` and `name`: the name of the link, which the network's
resolver hides, or does not know. What to do about it is not for everybody's eyes."""

Activity = Literal["idle", "connecting", "call", "ended"]


@dataclass(frozen=True)
class StartingView:
    """The appliance is not ready yet."""


@dataclass(frozen=True)
class StoppingView:
    """The appliance is being switched off, or restarted as for an update."""


@dataclass(frozen=True)
class NetworkView:
    """No phone can reach the appliance: it has no address."""


@dataclass(frozen=True)
class LinkView:
    """The code of a link that works."""

    url: str
    """The link that is in the code."""

    activity: Activity = "idle"
    """What happens beside it; the link is good for one more call."""

    calls: int = 0
    """Calls in progress."""

    troubles: tuple[Trouble, ...] = ()

    fingerprint: str = ""
    """What a person compares before a phone is made to trust the appliance; empty: nothing."""


@dataclass(frozen=True)
class BusyView:
    """As many calls as the appliance takes: there is no link until one of them ends."""

    calls: int


@dataclass(frozen=True)
class FailedView:
    """The appliance could not start."""

    reasons: tuple[str, ...]
    """Sentences for the owner, in English as in the journal."""

    tried_again: bool
    """Whether the service manager does, in a moment."""


View = StartingView | StoppingView | NetworkView | LinkView | BusyView | FailedView


@dataclass(frozen=True)
class Page:
    """A view in words: as many of them as the screen has room for, the first ones first."""

    title: str
    """What is going on, in a few words."""

    advice: str
    """What to do, in a sentence."""

    notes: tuple[str, ...] = ()
    """What is wrong, a sentence each."""

    code: str = ""
    """The text of the code; empty: there is none."""

    footnote: tuple[str, ...] = ()
    """Lines that few people look for, where there is room to spare."""

    live: bool = False
    """Whether what is here is seen and heard elsewhere."""

    @property
    def address(self) -> str:
        """The host and the port of the code's link, to be read by people."""
        return urlsplit(self.code).netloc


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "ru": {
        "starting": "HomeCall запускается…",
        "starting.advice": "Код появится через мгновение.",
        "stopping": "HomeCall выключается",
        "stopping.advice": "При обновлении или перезапуске код вернётся через минуту.",
        "network": "Нет сети",
        "network.advice": "Подключите сетевой кабель или настройте Wi-Fi: код появится сам.",
        "idle": "Позвоните нам",
        "idle.advice": "Наведите камеру телефона на код или откройте ссылку — и начнётся звонок.",
        "connecting": "Соединяем…",
        "connecting.advice": "По этому коду можно позвонить с ещё одного телефона.",
        "call": "Идёт разговор",
        "call.advice": "По этому коду можно позвонить с ещё одного телефона.",
        "calls": "Разговоров сейчас: {calls}",
        "ended": "Разговор окончен",
        "ended.advice": "По новому коду можно позвонить снова.",
        "busy.advice": "Новый код появится, когда закончится разговор.",
        "camera": "Здесь неполадки с камерой.",
        "microphone": "Здесь неполадки со звуком.",
        "muted": "Микрофон здесь молчит: проверьте на нём кнопку отключения звука.",
        "certificate": "Здесь неполадки с сертификатом: телефон может предупредить об этом.",
        "filtered": "Фильтр этой сети скрывает имя HomeCall: телефон может предупредить об этом.",
        "name": "Эта сеть не знает имени HomeCall: телефон может предупредить об этом.",
        "failed.again": "HomeCall не запускается и скоро попробует снова.",
        "failed": "HomeCall не запускается. Когда причина устранена: "
        "sudo systemctl restart homecall-appliance",
        "failed.advice": "Войти в систему можно по Ctrl+Alt+F2; подробнее скажет команда "
        "homecall-appliance doctor.",
        "fingerprint": "Отпечаток:",
        "small": "Экран мал для кода: откройте ссылку.",
    },
    "en": {
        "starting": "HomeCall is starting…",
        "starting.advice": "The code appears in a moment.",
        "stopping": "HomeCall is stopping",
        "stopping.advice": "After an update or a restart the code is back in a minute.",
        "network": "No network",
        "network.advice": "Plug in the network cable, or set up the Wi-Fi: the code appears then.",
        "idle": "Give us a call",
        "idle.advice": "Point your phone's camera at the code, or open the link, and you are in a "
        "call.",
        "connecting": "Connecting…",
        "connecting.advice": "This code is for one more phone.",
        "call": "In a call",
        "call.advice": "This code is for one more phone.",
        "calls": "{calls} calls",
        "ended": "The call has ended",
        "ended.advice": "With the new code you can call again.",
        "busy.advice": "A new code appears when a call ends.",
        "camera": "There is a problem with the camera here.",
        "microphone": "There is a problem with the sound here.",
        "muted": "The microphone here is silent: check its mute button.",
        "certificate": "There is a problem with the certificate here: phones may warn of it.",
        "filtered": "A filter of this network hides our name: phones may warn of the link.",
        "name": "This network does not know our name: phones may warn of the link.",
        "failed.again": "HomeCall cannot start, and soon tries again.",
        "failed": "HomeCall cannot start. When the reason is dealt with, type: "
        "sudo systemctl restart homecall-appliance",
        "failed.advice": "Log in by Ctrl+Alt+F2; the command homecall-appliance doctor says more.",
        "fingerprint": "Fingerprint:",
        "small": "The screen is too small for the code: open the link.",
    },
}


def page(view: View, language: Language) -> Page:
    """Return the words of a view."""
    words = _WORDS[language]

    def about(name: str) -> tuple[str, str]:
        return words[name], words[f"{name}.advice"]

    match view:
        case StartingView():
            return Page(*about("starting"))
        case StoppingView():
            return Page(*about("stopping"))
        case NetworkView():
            return Page(*about("network"))
        case BusyView():
            return Page(_in_call(words, view.calls), words["busy.advice"], live=True)
        case FailedView():
            title = words["failed.again" if view.tried_again else "failed"]
            return Page(title, words["failed.advice"], view.reasons)
        case LinkView():
            title, advice = about(view.activity)
            if view.activity == "call":
                title = _in_call(words, view.calls)
            notes = tuple(words[trouble] for trouble in view.troubles)
            footnote = (words["fingerprint"], view.fingerprint) if view.fingerprint else ()
            return Page(title, advice, notes, view.url, footnote, live=view.calls > 0)
        case _:
            assert_never(view)


def _in_call(words: Mapping[str, str], calls: int) -> str:
    return words["call"] if calls == 1 else words["calls"].format(calls=calls)


def too_small(language: Language) -> str:
    """What is written where a screen has no room for the code."""
    return _WORDS[language]["small"]


def screen_language(setting: Literal["auto", "ru", "en"], environ: Mapping[str, str]) -> Language:
    """The language of the screen: as set, or that of the system's messages (POSIX.1-2017, 8.2);
    Russian where that is neither Russian nor English."""
    if setting != "auto":
        return setting
    names = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    return "en" if locale.partition(".")[0].partition("_")[0] == "en" else "ru"
