"""The words of the screen."""

import pytest

from homecall_appliance.display.view import (
    BusyView,
    FailedView,
    Language,
    LinkView,
    NetworkView,
    StartingView,
    StoppingView,
    View,
    page,
    screen_language,
)


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
