"""What is drawn: codes that readers read through a camera's faults, and words that are legible."""

from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from homecall_appliance.display import qr
from homecall_appliance.display import render as renderer
from homecall_appliance.display.render import DIMMED, Look, code_image, load_font, render
from homecall_appliance.display.view import Language, LinkView
from tests.display.display_world import IPV6, LONG, SHORT, USUAL, decoded, decoded_by_zbar
from tests.display.distortions import DISTORTIONS, photographed
from tests.display.panels import LANGUAGES, PANELS, STATES, Panel, Place, code_in

pytestmark = pytest.mark.slow

UPRIGHT = [panel for panel in PANELS if not panel.rotation]
CODES = {name: view for name, view in STATES.items() if isinstance(view, LinkView)}
SMALL = Panel(128, 64)

# A half turn adds nothing to what is drawn.
DISTINCT = [panel for panel in PANELS if panel.rotation < 180]
each_panel = pytest.mark.parametrize("panel", DISTINCT, ids=str)


def code_of(image: Image.Image, url: str = USUAL) -> Place:
    place = code_in(image, url)
    assert place is not None
    return place


def ink(image: Image.Image) -> Image.Image:
    return image.convert("L").point([255 * (value < 160) for value in range(256)])


@pytest.mark.parametrize("distortion", DISTORTIONS)
@each_panel
def test_two_readers_read_the_code_through_a_camera(
    tmp_path: Path, panel: Panel, distortion: str
) -> None:
    """The fullest page; the contact sheet's command reads all of them."""
    drawn = panel.drawn(STATES["trouble: all"], "ru")
    photograph, module = photographed(panel.shown(drawn), code_of(drawn).module)
    image = DISTORTIONS[distortion](photograph, module)
    assert decoded(image) == [USUAL]
    assert decoded_by_zbar(image, tmp_path) == [USUAL]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("panel", UPRIGHT[:3], ids=str)
def test_a_page_has_the_code_of_its_link_or_none(
    panel: Panel, state: str, language: Language
) -> None:
    drawn = panel.drawn(STATES[state], language)
    place = code_in(drawn)
    assert (place is not None) == (state in CODES)
    factor = 4 if place and place.module < 4 else 1
    image = drawn.resize((factor * drawn.width, factor * drawn.height), Image.Resampling.NEAREST)
    assert decoded(image) == ([USUAL] if state in CODES else [])


@pytest.mark.parametrize("url", [SHORT, IPV6, LONG])
@each_panel
def test_nothing_is_drawn_over_the_code_and_its_quiet_zone(panel: Panel, url: str) -> None:
    view = STATES["trouble: all"]
    assert isinstance(view, LinkView)
    drawn = panel.drawn(LinkView(url, view.activity, view.calls, view.troubles))
    place = code_in(drawn, url)
    if place is None:
        assert (url, min(drawn.size)) == (LONG, 64)
        return
    code = code_image(url, place.module).convert("RGB")
    assert drawn.crop(place.box).tobytes() == code.tobytes()


@pytest.mark.parametrize("url", [SHORT, LONG])
@each_panel
def test_the_code_could_not_be_larger(panel: Panel, url: str) -> None:
    """The next larger one would leave no margin, or no room for words."""
    drawn = panel.drawn(LinkView(url))
    place = code_in(drawn, url)
    next_size = (place.module + 1 if place else 1) * len(qr.matrix(url))
    short, long = sorted(drawn.size)
    margin = short // 30
    assert next_size > min(short - 2 * margin, 0.62 * (long - 2 * margin))


@pytest.mark.parametrize("state", ["starting", "idle", "busy", "trouble: all"])
@pytest.mark.parametrize("language", LANGUAGES)
@each_panel
def test_words_are_written_and_none_is_cut(panel: Panel, state: str, language: Language) -> None:
    """The margin is paper; beside the code there is ink."""
    drawn = panel.drawn(STATES[state], language)
    margin = min(drawn.size) // 30
    place = code_in(drawn)
    pixels = np.array(drawn)
    pixels[margin:-margin, margin:-margin] = 255
    assert (pixels == 255).all()
    if place:
        drawn.paste((255, 255, 255), place.box)
    assert ink(drawn).getbbox()


def test_rows_are_higher_than_their_letters() -> None:
    """So that no row is drawn over the next one."""
    for size in range(renderer.SMALLEST_TEXT, 120):
        font = load_font(size)
        _, top, _, bottom = font.getbbox("ЁЙgjpqyЩЦ|[]")
        assert bottom - top <= ceil(size * 1.25)


@pytest.mark.parametrize("shift", range(0, 21, 4))
@pytest.mark.parametrize("panel", UPRIGHT[:2], ids=str)
def test_a_shift_moves_and_cuts_nothing(panel: Panel, shift: int) -> None:
    still = panel.drawn(STATES["trouble: all"])
    moved = panel.drawn(STATES["trouble: all"], shift=shift)
    assert decoded(photographed(moved, code_of(moved).module)[0]) == [USUAL]
    place = code_of(moved)
    assert moved.crop(place.box).tobytes() == still.crop(code_of(still).box).tobytes()
    colours = [sorted(image.getcolors(1 << 20) or []) for image in (still, moved)]
    assert colours[0] == colours[1]


def test_shifts_reach_each_place_in_the_margin() -> None:
    places = {
        (place.left, place.top)
        for shift in range(21)
        for place in [code_of(UPRIGHT[1].drawn(STATES["idle"], shift=shift))]
    }
    assert len(places) == 2 * (320 // 30) + 1


@pytest.mark.parametrize("dimming", [1, DIMMED])
@pytest.mark.parametrize("colour", [renderer.INK, renderer.RED])
def test_colours_are_clear_on_paper(colour: tuple[int, int, int], dimming: float) -> None:
    """At least 7:1, where it is bright and where it is dimmed: in WCAG's formula, the light that
    a room adds to a screen makes a dimmed one less clear."""

    def luminance(of: tuple[int, int, int]) -> float:
        parts = (round(value * dimming) / 255 for value in of)
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    assert (luminance(renderer.PAPER) + 0.05) / (luminance(colour) + 0.05) >= 7


def test_a_dimmed_code_is_read(tmp_path: Path) -> None:
    dimmed = UPRIGHT[1].drawn(STATES["idle"], dimmed=True)
    assert dimmed.getpixel((0, 0)) == (184, 184, 184)
    assert decoded(dimmed) == decoded_by_zbar(dimmed, tmp_path) == [USUAL]


@each_panel
def test_the_longest_link_has_a_code_or_the_words_why_not(panel: Panel) -> None:
    """Where it has none, there is the title in a row or more, and a sentence in two or more."""
    drawn = panel.drawn(LinkView(LONG))
    if code_in(drawn, LONG) is None:
        assert min(drawn.size) == 64
        assert rows_of_ink(drawn, LONG) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_address_is_broken_and_takes_no_sentence_away(language: Language) -> None:
    """With the code of the longest link there are more rows than with that of a short one."""
    rows = [
        rows_of_ink(Panel(480, 320).drawn(LinkView(url), language), url) for url in (SHORT, LONG)
    ]
    assert rows[1] > rows[0] > 3


def test_an_address_that_is_wider_than_its_column_is_still_there() -> None:
    """192.168.178. and 123:8443 under the title, and not the title alone."""
    assert rows_of_ink(SMALL.drawn(LinkView(USUAL)), USUAL) >= 3


def test_words_that_are_wider_than_the_panel_are_broken() -> None:
    drawn = Panel(64, 128).drawn(STATES["starting"], "ru")
    assert rows_of_ink(drawn, USUAL) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
@each_panel
def test_a_fingerprint_leaves_the_code_where_it_is(panel: Panel, language: Language) -> None:
    """And it is there wherever digits can be read; of a small panel it takes nothing."""
    plain, marked = (panel.drawn(STATES[state], language) for state in ("idle", "idle, marked"))
    assert code_in(marked) == code_in(plain)
    place = code_of(marked)
    assert marked.crop(place.box).tobytes() == plain.crop(place.box).tobytes()
    if min(panel.width, panel.height) < 280:
        assert marked.tobytes() == plain.tobytes()
    else:
        assert rows_of_ink(marked, USUAL) >= 5


@pytest.mark.parametrize("panel", [each for each in DISTINCT if each.bits > 1], ids=str)
def test_a_fingerprint_takes_no_sentence_away(panel: Panel) -> None:
    """Of the fullest page. The rows of the note come on top, where other rows do not get fewer."""
    full = STATES["trouble: all"]
    assert isinstance(full, LinkView)
    unmarked = panel.drawn(replace(full, fingerprint=""))
    marked = panel.drawn(full)
    assert rows_of_ink(marked, USUAL) >= rows_of_ink(unmarked, USUAL)
    red = [np.all(np.asarray(each) == renderer.RED, axis=2).any() for each in (unmarked, marked)]
    assert red == [True, True]


def rows_of_ink(image: Image.Image, url: str) -> int:
    """How many rows of words there are beside or under the code."""
    if place := code_in(image, url):
        image.paste((255, 255, 255), place.box)
    inked = np.asarray(ink(image)).any(axis=1)
    return int(np.count_nonzero(np.diff(inked.astype(int)) == 1))


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (1, 400), (400, 1), (45, 45), (46, 46)])
@pytest.mark.parametrize("state", ["starting", "idle", "trouble: all"])
def test_a_tiny_panel_shows_what_it_can(size: tuple[int, int], state: str) -> None:
    for rotation in (0, 90):
        for shift in (0, 7):
            image = render(STATES[state], Look(size, rotation), shift=shift)
            assert image.size == size
