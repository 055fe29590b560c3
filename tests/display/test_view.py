"""The words of the screen."""

import pytest

from homecall_appliance.display.page import Ticker, duration, page
from homecall_appliance.display.situation import Touch
from homecall_appliance.display.view import (
    BusyView,
    Button,
    FailedView,
    InCall,
    LinkView,
    NetworkView,
    RingingView,
    StartingView,
    StoppingView,
    View,
    still,
)
from homecall_appliance.display.words import Language, screen_language


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "ru"),
        ({"LANG": "C.UTF-8"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "ru"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "en_US.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_NUMERIC": "en_US.UTF-8"}, "ru"),
    ],
)
def test_the_language_of_the_system(environ: dict[str, str], language: Language) -> None:
    assert screen_language("auto", environ) == language
    assert screen_language("ru", environ) == "ru"
    assert screen_language("en", environ) == "en"


URL = "https://192.168.1.2:8443/?session=1"

VIEWS: list[tuple[View, str, str]] = [
    (StartingView(), "is starting", "запускается"),
    (StoppingView(), "is stopping", "выключается"),
    (NetworkView(), "No network", "Нет сети"),
    (LinkView(URL), "Give us a call", "Позвоните нам"),
    (LinkView(URL, "connecting", 1), "Connecting", "Соединяем"),
    (LinkView(URL, "call", 1), "In a call", "Идёт разговор"),
    (LinkView(URL, "call", 2), "2 calls", "Разговоров сейчас: 2"),
    (LinkView(URL, "ended"), "has ended", "окончен"),
    (FailedView(("No port.",), tried_again=True), "soon tries again", "скоро попробует снова"),
    (FailedView(("No port.",), tried_again=False), "restart", "restart homecall-appliance"),
    (BusyView(1), "In a call", "Идёт разговор"),
    (BusyView(2), "2 calls", "Разговоров сейчас: 2"),
    (RingingView(9, 45), "Someone is at the door", "Кто-то у двери"),
    (RingingView(9, 45, calls=1), "Someone else is at the door", "Ещё кто-то у двери"),
]


@pytest.mark.parametrize(("view", "english", "russian"), VIEWS)
def test_every_view_has_words_in_both_languages(view: View, english: str, russian: str) -> None:
    pages = page(view, "en"), page(view, "ru")
    for shown, title in zip(pages, (english, russian), strict=True):
        assert title in shown.title
        assert shown.advice.endswith(".")
        assert shown.code == (URL if isinstance(view, LinkView) else "")
        assert shown.address == ("192.168.1.2:8443" if shown.code else "")


def test_who_is_seen_and_heard_is_told_so() -> None:
    live = [view for view, _, _ in VIEWS if page(view, "en").live]
    assert live == [view for view, _, _ in VIEWS if getattr(view, "calls", 0)]


def test_a_fingerprint_is_a_footnote_of_two_lines() -> None:
    marked = LinkView(URL, fingerprint="1A 2B")
    assert page(marked, "en").footnote == ("Fingerprint:", "1A 2B")
    assert page(marked, "ru").footnote == ("Отпечаток:", "1A 2B")
    assert page(LinkView(URL), "en").footnote == ()


def test_what_is_missing_is_said_after_the_rest() -> None:
    troubled = LinkView(
        URL, troubles=("camera", "microphone", "muted", "certificate", "filtered", "name")
    )
    english, russian = page(troubled, "en").notes, page(troubled, "ru").notes
    words = zip(
        ("camera", "sound", "mute button", "certificate", "A filter", "does not know"),
        ("камерой", "звуком", "отключения звука", "сертификат", "Фильтр", "не знает"),
        strict=True,
    )
    for note, (in_english, in_russian) in zip(
        zip(english, russian, strict=True), words, strict=True
    ):
        assert in_english in note[0]
        assert in_russian in note[1]


@pytest.mark.parametrize(
    ("keys", "english", "russian"),
    [
        (("F1", "F2"), "Press F1 to answer, F2 to decline.", "F1 — ответить, F2 — отклонить."),
        (("F1", ""), "Press F1 to answer.", "Нажмите F1, чтобы ответить."),
        (("", "F2"), "Press F2 to decline.", "Нажмите F2, чтобы отклонить."),
        (("", ""), "The call waits for an answer.", "Звонок ждёт ответа."),
    ],
)
def test_it_is_said_which_keys_there_are(keys: tuple[str, str], english: str, russian: str) -> None:
    ringing = RingingView(9, 45, *keys)
    assert page(ringing, "en").advice == english
    assert page(ringing, "ru").advice == russian


def test_buttons_have_words_in_both_languages() -> None:
    touch = Touch(opens_door=True)
    call = BusyView(1, InCall(muted=True), touch.in_call)
    english, russian = page(call, "en").faces, page(call, "ru").faces
    assert [each.label for each in english] == ["Mute", "Camera", "Hang up", "Open"]
    assert [each.label for each in russian] == ["Микрофон", "Камера", "Завершить", "Открыть"]
    assert [each.off for each in english] == [True, False, False, False]
    rings = RingingView(9, 45, buttons=touch.while_ringing)
    assert [each.label for each in page(rings, "en").faces] == ["Answer", "Decline", "Open"]
    assert [each.label for each in page(rings, "ru").faces] == ["Ответить", "Отклонить", "Открыть"]


def test_buttons_say_what_to_do_and_keys_are_named_all_the_same() -> None:
    buttons = Touch().while_ringing
    assert page(RingingView(9, 45, buttons=buttons), "en").advice == ""
    assert page(RingingView(9, 45, "F1", buttons=buttons), "en").advice == "Press F1 to answer."


def test_who_was_missed_is_dismissed_by_a_touch_anywhere() -> None:
    shown = page(LinkView(URL, missed="14:05", buttons=(Button.DISMISS,)), "en")
    assert (shown.faces, shown.touched_anywhere) == ((), Button.DISMISS)


@pytest.mark.parametrize(
    ("left", "ticker"),
    [(45, Ticker("45 s", 1.0)), (9, Ticker("9 s", 0.2)), (-1, Ticker("-1 s", 0.0)), (None, None)],
)
def test_how_long_it_rings_is_a_bar_that_shrinks(left: int | None, ticker: Ticker | None) -> None:
    assert page(RingingView(left, 45), "en").ticker == ticker


def test_a_call_tells_its_time_and_what_is_off() -> None:
    off = InCall(muted=True, camera_off=True, seconds=67)
    for view in (LinkView(URL, "call", 1, in_call=off), BusyView(1, off)):
        assert page(view, "en").status == ("Microphone off", "Camera off")
        assert page(view, "ru").status == ("Микрофон выключен", "Камера выключена")
        assert page(view, "en").ticker == Ticker("1:07")
        assert page(still(view), "en").ticker is None
        assert page(still(view), "en").status == ("Microphone off", "Camera off")


def test_what_is_off_is_told_in_a_call_only() -> None:
    shown = page(LinkView(URL, in_call=InCall(muted=True, seconds=67)), "en")
    assert (shown.status, shown.ticker) == ((), None)


def test_who_was_missed_is_told_and_the_time_of_day() -> None:
    missed = LinkView(URL, missed="14:05", clock="15:20")
    assert page(missed, "en").status == ("Someone was here at 14:05",)
    assert page(missed, "ru").status == ("В 14:05 кто-то приходил",)
    assert page(missed, "en").clock == "15:20"


def test_without_seconds_a_view_does_not_change_each_second() -> None:
    views = [still(RingingView(left, 45, "Enter")) for left in (9, 8)]
    assert views[0] == views[1]
    assert page(views[0], "en").advice == "Press Enter to answer."
    assert still(StartingView()) == StartingView()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59, "0:59"), (3599, "59:59"), (3600, "1:00:00")]
)
def test_the_time_of_a_call(seconds: int, text: str) -> None:
    assert duration(seconds) == text
