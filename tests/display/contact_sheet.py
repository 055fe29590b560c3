"""Draws every state of the screen on one sheet, and counts the codes that readers read.

python -m tests.display.contact_sheet sheet.png
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from PIL import Image, ImageDraw

from homecall_appliance.display.lettering import load_font
from tests.display.display_world import USUAL, decoded, decoded_by_zbar
from tests.display.distortions import DISTORTIONS, photographed
from tests.display.panels import CAPTIONS, LANGUAGES, PANELS, STATES, Panel, code_in

ROW, CAPTION, GAP = 240, 22, 12
"""Pixels of the sheet: a picture's height, the words above it, and what is between pictures."""

GROUND, WORDS = (96, 104, 112), (255, 255, 255)
READERS = ("ZXing", "ZBar")


def main(path: Path) -> None:
    """Write the sheet and print the table."""
    rows = [(state, language) for state in STATES for language in LANGUAGES]
    widths = [_width(panel) for panel in PANELS]
    pictures = [(state, language) for state in CAPTIONS for language in LANGUAGES]
    height = (ROW + CAPTION + GAP) * (len(rows) + len(pictures)) + GAP
    size = sum(widths) + GAP * (len(PANELS) + 1), height
    sheet = Image.new("RGB", size, GROUND)
    print(f"{'':22}{'codes':>6}  module", *(f"{name:>12}" for name in DISTORTIONS))
    left = GAP
    for panel, width in zip(PANELS, widths, strict=True):
        counts: Counter[tuple[str, str]] = Counter()
        modules = set()
        codes = 0
        for number, (state, language) in enumerate(rows):
            top = GAP + number * (ROW + CAPTION + GAP)
            drawn = panel.drawn(STATES[state], language)
            _paste(sheet, panel.shown(drawn), (left, top, width), f"{language}, {state}, {panel}")
            if place := code_in(drawn):
                codes += 1
                modules.add(place.module)
                counts += _read(panel.shown(drawn), place.module)
        for number, (state, language) in enumerate(pictures, len(rows)):
            if panel.bits > 1:
                top = GAP + number * (ROW + CAPTION + GAP)
                drawn = panel.pictured(CAPTIONS[state], language)
                _paste(sheet, drawn, (left, top, width), f"{language}, picture, {state}, {panel}")
        _print(panel, codes, modules, counts)
        left += width + GAP
    sheet.save(path)


def _width(panel: Panel) -> int:
    """Of a column. Small pictures grow by whole pixels, so as to be seen pixel by pixel."""
    width, height = panel.upright
    return round(width * ROW / height) if height > ROW else width * (ROW // height)


def _paste(
    sheet: Image.Image, picture: Image.Image, place: tuple[int, int, int], caption: str
) -> None:
    left, top, width = place
    font = load_font(12)
    while font.getlength(caption) > width:
        caption = caption[:-1]
    ImageDraw.Draw(sheet).text((left, top + 4), caption, WORDS, font)
    picture = picture.convert("RGB")
    if picture.height > ROW:
        picture = picture.resize((width, ROW), Image.Resampling.LANCZOS)
    else:
        height = picture.height * width // picture.width
        picture = picture.resize((width, height), Image.Resampling.NEAREST)
    sheet.paste(picture, (left, top + CAPTION))


def _read(picture: Image.Image, module: int) -> Counter[tuple[str, str]]:
    """Who reads the code, and through what."""
    photograph, pixels = photographed(picture, module)
    read: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, distort in DISTORTIONS.items():
            image = distort(photograph, pixels)
            read["ZXing", name] = decoded(image) == [USUAL]
            read["ZBar", name] = decoded_by_zbar(image, Path(folder)) == [USUAL]
    return read


def _print(panel: Panel, codes: int, modules: set[int], counts: Counter[tuple[str, str]]) -> None:
    columns = ("/".join(str(counts[reader, name]) for reader in READERS) for name in DISTORTIONS)
    sizes = ",".join(map(str, sorted(modules)))
    print(f"{panel!s:22}{codes:>6}{sizes:>8}", *(f"{column:>12}" for column in columns), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
