"""The page in a language, before any script runs."""

import json
import re
from html.parser import HTMLParser

import pytest

from homecall_appliance.app.serving import STATIC
from homecall_appliance.web.page import manifest, render

TEMPLATE = """<html lang="ru"><title data-text="title"></title>
<main id="app" data-state="home">
<p data-text="title"></p><video data-label="you"></video>
<button id="a" data-label="you"></button><p id="status" class="x" hidden></p></main>
<script id="texts" type="application/json"></script>"""

TEXTS = {"title": "A & <b>", "you": 'You "are"', "call.joining": "Connecting </script>"}


def test_texts_are_in_their_places_and_nothing_in_them_is_markup() -> None:
    page = render(TEMPLATE, TEXTS, "en", calling=False)
    assert '<html lang="en"><title data-text="title">A &amp; &lt;b&gt;</title>' in page
    assert '<video data-label="you" aria-label="You &quot;are&quot;"></video>' in page
    label = 'aria-label="You &quot;are&quot;" title="You &quot;are&quot;"'
    assert f'<button id="a" data-label="you" {label}></button>' in page
    assert page.count("</script>") == 1
    [catalogue] = re.findall(r'type="application/json">(.*)</script>', page)
    assert json.loads(catalogue) == TEXTS


def test_the_page_of_a_link_says_that_it_connects() -> None:
    page = render(TEMPLATE, TEXTS, "en", calling=True)
    assert 'id="app" data-state="call" data-phase="joining"' in page
    assert '<p id="status" class="x">Connecting &lt;/script&gt;</p>' in page


def test_a_text_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="title"):
        render(TEMPLATE, {}, "en", calling=False)


def test_the_manifest_is_in_the_language_of_the_person() -> None:
    template = {"description": "title", "shortcuts": [{"name": "you", "url": "/#a"}], "id": "/"}
    said = json.loads(manifest(json.dumps(template), TEXTS, "ru"))
    shortcuts = [{"name": TEXTS["you"], "url": "/#a"}]
    description = TEXTS["title"]
    assert said == {"lang": "ru", "id": "/", "description": description, "shortcuts": shortcuts}
    with pytest.raises(KeyError, match="title"):
        manifest(json.dumps(template), {}, "ru")


class Reader(HTMLParser):
    """Notes what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, str] = {}
        self.said: list[str] = []
        self.other = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if found.get("id") in ("app", "status"):
            self.attributes |= found
        elif found.get("id") == "language":
            self.other = found["lang"]

    def handle_data(self, data: str) -> None:
        self.said.append(data.strip())


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("calling", [False, True])
def test_the_page_itself(language: str, calling: bool) -> None:
    texts = json.loads((STATIC / "texts" / f"{language}.json").read_text("utf-8"))
    template = (STATIC / "index.html").read_text("utf-8")
    reader = Reader()
    reader.feed(render(template, texts, language, calling=calling))
    assert {language, reader.other} == {"en", "ru"}
    assert texts["page.title"] in reader.said
    assert texts["home.lead"] in reader.said
    assert (texts["call.joining"] in reader.said) == calling
    assert reader.attributes["data-state"] == ("call" if calling else "home")
    assert ("hidden" in reader.attributes) != calling
