"""What is drawn: codes that readers read through a camera's faults, and words that are legible."""

from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from homecall_appliance.display import qr
from homecall_appliance.display.lettering import SMALLEST_TEXT, load_font
from homecall_appliance.display.render import Drawer, Look, render
from homecall_appliance.display.sheet import code_image
from homecall_appliance.display.theme import DIMMED, NIGHT, Colour
from homecall_appliance.display.view import InCall, LinkView, RingingView, View
from homecall_appliance.display.words import Language
from tests.display.display_world import IPV6, LONG, SHORT, USUAL, decoded, decoded_by_zbar
from tests.display.distortions import DISTORTIONS, photographed
from tests.display.panels import CAPTIONS, FACE, LANGUAGES, PANELS, STATES, Panel, Place, code_in

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


def ground_of(image: Image.Image) -> Colour:
    return cast("Colour", image.getpixel((0, 0)))


def without_code(image: Image.Image, url: str = USUAL) -> Image.Image:
    """The picture with ground in place of the code and its tile."""
    rest = image.copy()
    if place := code_in(image, url):
        ground = ground_of(image)
        left, top, right, bottom = place.box
        tile = np.all(np.asarray(image) == NIGHT.tile, axis=2)
        if ground != NIGHT.tile and tile.any():
            rows, columns = np.nonzero(tile)
            left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        rest.paste(ground, (int(left), int(top), int(right), int(bottom)))
    return rest


def ink(image: Image.Image) -> NDArray[np.bool_]:
    """Where something is clearly drawn on the ground."""
    pixels = np.asarray(image).astype(int)
    return cast("NDArray[np.bool_]", np.abs(pixels - ground_of(image)).max(axis=2) > 95)


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
    light = cast("Colour", drawn.getpixel((place.left, place.top)))
    code = code_image(url, place.module, light)
    assert drawn.crop(place.box).tobytes() == code.tobytes()


@pytest.mark.parametrize("url", [SHORT, LONG])
@each_panel
def test_the_code_could_not_be_larger(panel: Panel, url: str) -> None:
    """The next larger one would leave no margin, or no room for words: less on a small screen."""
    drawn = panel.drawn(LinkView(url))
    place = code_in(drawn, url)
    next_size = (place.module + 1 if place else 1) * len(qr.matrix(url))
    short, long = sorted(drawn.size)
    margin = short // 30 // 2
    share = 0.62 if short >= 300 else 0.8
    assert next_size > min(short - 2 * margin, share * (long - 2 * margin))


@pytest.mark.parametrize(
    ("size", "module"),
    [((240, 240), 4), ((320, 240), 5), ((480, 320), 6), ((800, 480), 10), ((1920, 1080), 23)],
)
def test_modules_are_as_large_as_phones_need_them(size: tuple[int, int], module: int) -> None:
    for width, height in (size, size[::-1]):
        assert code_of(Panel(width, height).drawn(STATES["trouble: all"])).module == module


@pytest.mark.parametrize(
    "state", ["starting", "idle, clock", "camera off", "trouble: all", "ringing"]
)
@pytest.mark.parametrize("language", LANGUAGES)
@each_panel
def test_words_are_written_and_none_is_cut(panel: Panel, state: str, language: Language) -> None:
    """The margin is ground; beside the code there is ink."""
    drawn = panel.drawn(STATES[state], language)
    margin = min(drawn.size) // 30
    pixels = np.array(without_code(drawn))
    pixels[margin:-margin, margin:-margin] = ground_of(drawn)
    assert (pixels == ground_of(drawn)).all()
    assert ink(without_code(drawn)).any()


def test_rows_are_higher_than_their_letters() -> None:
    """So that no row is drawn over the next one."""
    for size in range(SMALLEST_TEXT, 120):
        for bold in (False, True):
            _, top, _, bottom = load_font(size, bold=bold).getbbox("ЁЙgjpqyЩЦ|[]")
            assert bottom - top <= ceil(size * 1.25)


@pytest.mark.parametrize("shift", range(0, 21, 4))
@pytest.mark.parametrize("panel", [SMALL, Panel(480, 320), Panel(240, 240)], ids=str)
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
        for place in [code_of(Panel(480, 320).drawn(STATES["idle"], shift=shift))]
    }
    assert len(places) == 2 * (320 // 30) + 1


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2's formula, in which the light that a room adds to a screen makes a dimmed one less
    clear."""

    def luminance(of: Colour) -> float:
        parts = (value / 255 for value in of)
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("dimming", "least"), [(1, 7), (DIMMED, 4.5)])
@pytest.mark.parametrize("name", ["title", "text", "soft", "accent"])
def test_letters_are_clear_on_the_ground(name: str, dimming: float, least: float) -> None:
    """WCAG 2.2, 1.4.6 where it is bright, and 1.4.3 where it is dimmed."""
    colours = (
        [round(value * dimming) for value in of] for of in (getattr(NIGHT, name), NIGHT.ground)
    )
    assert contrast(*map(tuple, colours)) >= least  # type: ignore[arg-type]


@pytest.mark.parametrize("dimming", [1, DIMMED])
def test_signs_are_clear_on_the_ground(dimming: float) -> None:
    """WCAG 2.2, 1.4.11."""
    colours = ([round(value * dimming) for value in of] for of in (NIGHT.live, NIGHT.ground))
    assert contrast(*map(tuple, colours)) >= 3  # type: ignore[arg-type]


@pytest.mark.parametrize("panel", [each for each in DISTINCT if each.bits > 1], ids=str)
def test_a_dimmed_code_is_read(tmp_path: Path, panel: Panel) -> None:
    dimmed = panel.drawn(STATES["idle"], dimmed=True)
    assert ground_of(dimmed) == (9, 14, 17)
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
    noted = [np.all(np.asarray(each) == NIGHT.accent, axis=2).any() for each in (unmarked, marked)]
    assert noted == [True, True]


def rows_of_ink(image: Image.Image, url: str) -> int:
    """How many rows of words there are beside or under the code."""
    inked = ink(without_code(image, url)).any(axis=1)
    return int(np.count_nonzero(np.diff(inked.astype(int)) == 1))


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (1, 400), (400, 1), (45, 45), (46, 46)])
@pytest.mark.parametrize("state", ["starting", "idle, clock", "trouble: all", "ringing", "muted"])
def test_a_tiny_panel_shows_what_it_can(size: tuple[int, int], state: str) -> None:
    for rotation in (0, 90):
        for shift in (0, 7):
            image = render(STATES[state], Look(size, rotation), shift=shift)
            assert image.size == size


SECONDS: list[tuple[View, View]] = [
    (RingingView(44, 45, "Enter", "Esc"), RingingView(12, 45, "Enter", "Esc")),
    (
        LinkView(USUAL, "call", 1, in_call=InCall(seconds=61)),
        LinkView(USUAL, "call", 1, in_call=InCall(seconds=622 - 60)),
    ),
]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize(("before", "after"), SECONDS)
@pytest.mark.parametrize("size", [(480, 320), (800, 480)])
def test_each_second_a_part_is_drawn_and_it_is_as_if_all_was(
    size: tuple[int, int], before: View, after: View, rotation: int
) -> None:
    drawer = Drawer(Look(size, rotation, "en"))
    assert drawer.draw(before, shift=3, dimmed=True) == (0, 0, *size)
    assert drawer.draw(before, shift=3, dimmed=True) is None
    box = drawer.draw(after, shift=3, dimmed=True)
    assert box
    left, top, right, bottom = box
    assert 0 < (right - left) * (bottom - top) < size[0] * size[1] / 4
    whole = render(after, drawer.look, shift=3, dimmed=True)
    assert drawer.picture.tobytes() == whole.tobytes()
    drawer.forget()
    assert drawer.draw(after, shift=3, dimmed=True) == (0, 0, *size)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [each for each in CAPTIONS if "buttons" not in each])
@pytest.mark.parametrize("panel", [each for each in DISTINCT if each.bits > 1], ids=str)
def test_below_a_picture_is_a_band_with_words(panel: Panel, state: str, language: Language) -> None:
    drawn = np.asarray(panel.pictured(CAPTIONS[state], language))
    band = drawn[~(drawn == FACE).all(axis=(1, 2))]
    assert 0.06 < len(band) / min(panel.upright) < 0.34
    assert (band[0] == NIGHT.ground).all()
    assert (band[:, [0, -1]] == NIGHT.ground).all()
    assert (band.max(axis=2) > 150).sum() > 20


@pytest.mark.parametrize("state", ["in call", "all off", "ringing"])
def test_a_sign_in_the_band_tells_what_is_seen_and_heard(state: str) -> None:
    drawn = np.asarray(Panel(800, 480).pictured(CAPTIONS[state]))
    live = np.all(drawn == NIGHT.live, axis=2)
    assert live.any() == (state == "in call")
