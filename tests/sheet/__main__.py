"""Puts every state of the client's page on sheets to look at.

    python -m tests.sheet DIRECTORY [--scene NAME...]
    python -m tests.sheet homecall_appliance/web/static/icons --manifest

Writes a sheet for each language and theme into the directory: a row for each state, a column for
each size of the screen; or the two pictures that the manifest names. Needs Chromium, as `make test`
installs it.
"""

import argparse
import asyncio
import io
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw

from tests.sheet.scenes import SCENES, Look, Theme, chromium, shown
from tests.sheet.site import Site

SIZES = ((390, 844), (844, 390), (320, 568), (1280, 800))
"""Width and height in CSS pixels: two telephones, one of them on its side too, and a desk."""

LANGUAGES = ("en", "ru")
THEMES: tuple[Theme, ...] = ("dark", "light")

MANIFEST = {"narrow": (390, 844), "wide": (1280, 800)}
"""Width and height of the manifest's screenshots by their form factors."""

COLOURS = 128

SCALE = 0.45
GAP, HEAD = 12, 22


async def draw(directory: Path, names: list[str]) -> None:
    """Write all sheets."""
    async with chromium() as browser, Site().serving() as site:
        for language, theme in product(LANGUAGES, THEMES):
            rows = []
            for name in names:
                row = []
                for width, height in SIZES:
                    look = Look(language, theme, width, height)
                    async with shown(browser, site, SCENES[name], look) as page:
                        row.append(await page.screenshot())
                rows.append((name, row))
            path = directory / f"{language}-{theme}.png"
            sheet(rows).save(path)
            print(path)


async def draw_for_manifest(directory: Path) -> None:
    """Write the screenshots that a browser shows to whoever installs the page."""
    async with chromium() as browser, Site().serving() as site:
        for name, (width, height) in MANIFEST.items():
            look = Look(width=width, height=height)
            async with shown(browser, site, SCENES["home"], look) as page:
                shot = Image.open(io.BytesIO(await page.screenshot()))
            path = directory / f"screen-{name}.png"
            shot.convert("RGB").quantize(COLOURS).save(path, optimize=True)
            print(path)


def sheet(rows: list[tuple[str, list[bytes]]]) -> Image.Image:
    """Lay out screenshots by rows, each below its name."""
    widths = [round(width * SCALE) for width, _ in SIZES]
    tallest = round(max(height for _, height in SIZES) * SCALE)
    size = (sum(widths) + GAP * (len(SIZES) + 1), (tallest + HEAD + GAP) * len(rows))
    image = Image.new("RGB", size, "#888")
    brush = ImageDraw.Draw(image)
    for number, (name, row) in enumerate(rows):
        top = number * (tallest + HEAD + GAP)
        brush.text((GAP, top + 5), name, fill="#fff")
        left = GAP
        for width, png in zip(widths, row, strict=True):
            shot = Image.open(io.BytesIO(png))
            height = round(shot.height * width / shot.width)
            image.paste(shot.resize((width, height)), (left, top + HEAD))
            left += width + GAP
    return image


def main() -> None:
    """Read the arguments, and draw."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.sheet",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--scene", nargs="*", choices=list(SCENES), default=list(SCENES))
    parser.add_argument("--manifest", action="store_true", help="the manifest's screenshots")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    if options.manifest:
        asyncio.run(draw_for_manifest(options.directory))
    else:
        asyncio.run(draw(options.directory, options.scene))


if __name__ == "__main__":
    main()
