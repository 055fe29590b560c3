"""The language that a browser asks for."""

import pytest

from homecall_appliance.web.language import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ru"),
        ("de-DE,de;q=0.9", "en"),
        ("*", "ru"),
        ("de, *;q=0.5", "en"),
        ("*, en;q=0.1", "en"),
        ("de;q=0", "ru"),
        ("de, en;q=0", "ru"),
        ("de, ru;q=0", "en"),
        ("zh-Hans-CN", "en"),
        ("ru-UA, ru;q=0.9", "ru"),
        ("en-GB;q=0.1, ru;q=0.5, en-US;q=0.8", "en"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("RU-ru, en;q=0.9", "ru"),
        ("en;q=0.5, ru;q=0.6", "ru"),
        ("de, en;q=0.3", "en"),
        ("en;q=0, ru;q=0.1", "ru"),
        ("en;q=0", "ru"),
        ("en;q=much,ru", "ru"),
        ("english", "en"),
        ("de_DE", "ru"),
        ("1234567890", "ru"),
        (";;,=,;q=,en ; q=1", "en"),
    ],
)
def test_the_language_that_comes_first_wins(header: str, language: str) -> None:
    assert preferred_language(header) == language
