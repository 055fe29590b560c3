"""A view in words. PURE."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import urlsplit

from homecall_appliance.display.view import (
    PLAIN_CALL,
    BusyView,
    Button,
    FailedView,
    InCall,
    LinkView,
    NetworkView,
    RingingView,
    StartingView,
    StoppingView,
    Thumbnail,
    View,
)
from homecall_appliance.display.words import WORDS, Language


@dataclass(frozen=True)
class Ticker:
    """What changes each second."""

    text: str

    share: float | None = None
    """Of a bar that shrinks, from 0 to 1; None: there is no bar."""


@dataclass(frozen=True)
class Face:
    """A button as it is drawn."""

    button: Button

    label: str
    """A word, to be written below it."""

    off: bool = False
    """Whether it has switched something off."""


@dataclass(frozen=True)
class Page:
    """A view in words: as many of them as the screen has room for, the first ones first."""

    title: str
    """What is going on, in a few words."""

    advice: str
    """What to do, in a sentence; empty: the buttons say it."""

    notes: tuple[str, ...] = ()
    """What is wrong, a sentence each."""

    code: str = ""
    """The text of the code; empty: there is none."""

    footnote: tuple[str, ...] = ()
    """Lines that few people look for, where there is room to spare."""

    live: bool = False
    """Whether what is here is seen and heard elsewhere."""

    in_call: InCall = PLAIN_CALL
    """What of it is switched off."""

    status: tuple[str, ...] = ()
    """What has been switched off, or has happened: a few words each."""

    ticker: Ticker | None = None

    clock: str = ""
    """The time of day."""

    picture: Thumbnail | None = None
    """Of whom the first words are about."""

    urgent: bool = False
    """Whether somebody has to act at once."""

    faces: tuple[Face, ...] = ()
    """Buttons on the screen."""

    touched_anywhere: Button | None = None
    """What a touch does wherever it is; None: nothing."""

    @property
    def address(self) -> str:
        """The host and the port of the code's link, to be read by people."""
        return urlsplit(self.code).netloc


_NAMES: Mapping[type, str] = {
    StartingView: "starting",
    StoppingView: "stopping",
    NetworkView: "network",
}
"""Of the words of views that tell nothing more than what they are."""


def page(view: View, language: Language) -> Page:
    """Return the words of a view."""
    words = WORDS[language]

    def about(name: str) -> tuple[str, str]:
        return words[name], words[f"{name}.advice"]

    match view:
        case StartingView() | StoppingView() | NetworkView():
            return Page(*about(_NAMES[type(view)]))
        case BusyView():
            shown = Page(_in_call(words, view.calls), words["busy.advice"])
            return _touched(_live(shown, words, view.in_call), words, view.buttons)
        case RingingView():
            return _ringing(view, words)
        case FailedView():
            title = words["failed.again" if view.tried_again else "failed"]
            return Page(title, words["failed.advice"], view.reasons)
        case LinkView():
            title, advice = about(view.activity)
            if view.activity == "call":
                title = _in_call(words, view.calls)
            notes = tuple(words[trouble] for trouble in view.troubles)
            footnote = (words["fingerprint"], view.fingerprint) if view.fingerprint else ()
            missed = (words["missed"].format(time=view.missed),) if view.missed else ()
            shown = Page(
                title,
                advice,
                notes,
                view.url,
                footnote,
                status=missed,
                clock=view.clock,
                picture=view.missed_picture,
            )
            shown = _live(shown, words, view.in_call) if view.calls else shown
            return _touched(shown, words, view.buttons)
        case _:
            assert_never(view)


def _ringing(view: RingingView, words: Mapping[str, str]) -> Page:
    match bool(view.answer), bool(view.decline):
        case True, True:
            advice = words["ringing.advice"]
        case True, False:
            advice = words["ringing.answer"]
        case False, True:
            advice = words["ringing.decline"]
        case _:
            advice = "" if view.buttons else words["ringing.no keys"]
    advice = advice.format(answer=view.answer, decline=view.decline)
    ticker = None
    if view.seconds_left is not None:
        share = min(1.0, max(0.0, view.seconds_left / max(view.timeout, 1)))
        ticker = Ticker(words["seconds"].format(seconds=view.seconds_left), share)
    title = words["ringing.others" if view.calls else "ringing"]
    shown = Page(
        title,
        advice,
        live=view.calls > 0,
        in_call=replace(view.in_call, seconds=None),
        ticker=ticker,
        urgent=True,
    )
    return _touched(shown, words, view.buttons)


def _touched(page: Page, words: Mapping[str, str], buttons: Sequence[Button]) -> Page:
    """Return the page with its buttons."""
    off = {Button.MUTE: page.in_call.muted, Button.CAMERA: page.in_call.camera_off}
    drawn = [each for each in buttons if each is not Button.DISMISS]
    return replace(
        page,
        faces=tuple(Face(each, words[f"button.{each}"], off.get(each, False)) for each in drawn),
        touched_anywhere=Button.DISMISS if Button.DISMISS in buttons else None,
    )


def _live(page: Page, words: Mapping[str, str], call: InCall) -> Page:
    """Return the page of a call that is in progress."""
    off = {"muted.here": call.muted, "camera.here": call.camera_off}
    return replace(
        page,
        live=True,
        in_call=replace(call, seconds=None),
        status=tuple(words[name] for name, is_off in off.items() if is_off),
        ticker=None if call.seconds is None else Ticker(duration(call.seconds)),
    )


def duration(seconds: int) -> str:
    """Return a time such as 0:07, 12:34 or 1:02:03."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _in_call(words: Mapping[str, str], calls: int) -> str:
    return words["call"] if calls == 1 else words["calls"].format(calls=calls)


def too_small(language: Language) -> str:
    """What is written where a screen has no room for the code."""
    return WORDS[language]["small"]
