"""The words of the screen."""

import pytest

from homecall_appliance.display.view import (
    BusyView,
    Language,
    LinkView,
    ProblemView,
    StartingView,
    View,
    screen_language,
    sentences,
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


@pytest.mark.parametrize(
    ("view", "english", "russian"),
    [
        (StartingView(), "is starting", "запускается"),
        (LinkView("https://a/"), "Point your phone's camera", "Наведите камеру"),
        (LinkView("https://a/", calls=1), "A call is in progress", "Идёт разговор"),
        (LinkView("https://a/", calls=2), "2 calls are in progress", "Разговоров сейчас: 2"),
        (BusyView(1), "A new code appears when it ends", "когда он закончится"),
        (BusyView(2), "when one of them ends", "когда закончится любой"),
        (ProblemView(("No network.",)), "cannot take calls", "не может принимать звонки"),
    ],
)
def test_every_view_has_words_in_both_languages(view: View, english: str, russian: str) -> None:
    assert english in sentences(view, "en")[0]
    assert russian in sentences(view, "ru")[0]


def test_what_is_missing_is_said_after_the_rest() -> None:
    both = LinkView("https://a/", broken=("camera", "sound"))
    assert [sentence.split()[-2] for sentence in sentences(both, "en")[1:]] == ["camera", "sound"]
    assert [sentence.split()[-1] for sentence in sentences(both, "ru")[1:]] == [
        "камерой.",
        "звуком.",
    ]
    note = "No network."
    assert sentences(ProblemView((note, note)), "en")[1:] == (note, note)
