"""axe-core finds no fault in any state of the page; what it cannot tell is measured."""

import asyncio
import io
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page

from tests.sheet.scenes import SCENES, THEMES, Look, Theme, chromium, shown
from tests.sheet.site import Site

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")

SIZES = {"phone": (390, 844), "desk": (1280, 800)}
"""CSS pixels."""

OPEN = {"color-contrast", "color-contrast-enhanced", "video-caption"}
"""Rules that axe leaves to a person to judge: contrast before a gradient or a picture, which is
measured below, and captions, which a call between two people needs not have (Understanding WCAG
2.2, success criterion 1.2.4)."""

RUN = """
async (forced) => {
  const on = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }]));
  const rules = { ...on, 'hidden-content': { enabled: false } };
  if (forced) rules['color-contrast'] = rules['color-contrast-enhanced'] = { enabled: false };
  const { violations, incomplete } = await axe.run(document, { rules });
  return [violations, incomplete].map((results) => Object.fromEntries(
    results.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]),
  ));
}
"""
"""Every rule that axe has, experimental ones and those of WCAG's level AAA too. Not: that something
is hidden, for each state has a scene; and contrast where colours are forced, which the system sees
to: axe takes -webkit-text-fill-color for the text's, and it is not forced."""

UNDECIDED = """
async () => {
  const { incomplete } = await axe.run(document, { runOnly: ['color-contrast'] });
  return incomplete.flatMap(({ nodes }) => nodes).map(({ target, any }) => {
    const element = document.querySelector(target[0]);
    const range = document.createRange();
    range.selectNodeContents(element);
    const boxes = element.matches('input') ? element.getClientRects() : range.getClientRects();
    return {
      name: target[0],
      needed: parseFloat(any[0].data.expectedContrastRatio),
      colour: getComputedStyle(element).color.match(/\\d+/g).slice(0, 3).map(Number),
      boxes: [...boxes].map(({ left, top, right, bottom }) => [left, top, right, bottom]),
    };
  });
}
"""
"""The texts whose contrast axe cannot tell, and where they are."""

WITHOUT_TEXT = """
(filter) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { -webkit-text-fill-color: transparent !important }
    svg, #status::before { visibility: hidden !important }
    video, canvas { filter: ${filter} !important }
  `);
  document.adoptedStyleSheets = [sheet];
}
"""

PICTURES = {"white": "brightness(0) invert(1)", "black": "brightness(0)"}
"""The lightest and the darkest that a camera may see."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with Site().serving() as serving:
        yield serving


async def freeze(page: Page) -> None:
    """Let no time pass any more for the page: what it shows stays."""
    now = await page.evaluate("Date.now()")
    await page.clock.pause_at(now / 1000 + 1)
    await page.evaluate(AXE)


async def look(page: Page, theme: Theme, size: str, *, forced: bool = False) -> str:
    """Let a frozen page look like that, and name the look."""
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    await page.emulate_media(color_scheme=theme, forced_colors="active" if forced else "none")
    await page.wait_for_timeout(50)
    return f"{theme}, {size}" + (", forced colours" if forced else "")


async def ask(page: Page, script: str, *arguments: bool) -> Any:
    """Run a script of axe in a frozen page: it waits some milliseconds here and there."""
    answer = asyncio.ensure_future(page.evaluate(script, *arguments))
    while not answer.done():
        await page.clock.run_for(1)
    return answer.result()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", list(SCENES))
async def test_nothing_is_found(browser: Browser, site: Site, name: str, language: str) -> None:
    found = {}
    async with shown(browser, site, SCENES[name], Look(language)) as page:
        await freeze(page)
        looks = [*product(THEMES, SIZES, (False,)), *product(THEMES, ("phone",), (True,))]
        for theme, size, forced in looks:
            title = await look(page, theme, size, forced=forced)
            violations, incomplete = await ask(page, RUN, forced)
            if violations or incomplete.keys() - OPEN:
                found[title] = violations | incomplete
    assert found == {}


@pytest.mark.parametrize("name", list(SCENES))
async def test_texts_are_legible_before_any_picture(
    browser: Browser, site: Site, name: str
) -> None:
    faint = {}
    async with shown(browser, site, SCENES[name], Look()) as page:
        await freeze(page)
        for theme, size in product(THEMES, SIZES):
            title = await look(page, theme, size)
            texts = await ask(page, UNDECIDED)
            for picture, filtered in PICTURES.items() if texts else ():
                await page.evaluate(WITHOUT_TEXT, filtered)
                behind = luminance(np.asarray(Image.open(io.BytesIO(await page.screenshot()))))
                await page.evaluate("() => { document.adoptedStyleSheets = [] }")
                for text in texts:
                    if (seen := contrast(text, behind)) < text["needed"]:
                        faint[f"{text['name']}, {title}, {picture}"] = round(seen, 2)
    assert faint == {}


def contrast(text: dict[str, Any], behind: npt.NDArray[np.float64]) -> float:
    """The contrast of a text and the pixel behind it that is most like it (WCAG 2.2, "contrast
    ratio")."""
    own = luminance(np.array(text["colour"]))
    boxes = np.clip(text["boxes"], 0, None).astype(int)
    pixels = [behind[top : bottom + 1, left : right + 1] for left, top, right, bottom in boxes]
    other = np.concatenate([each.ravel() for each in pixels])
    ratios = (np.maximum(own, other) + 0.05) / (np.minimum(own, other) + 0.05)
    return float(ratios.min())


def luminance(colours: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The relative luminance of sRGB colours of 8 bits, which are in the last axis (WCAG 2.2,
    "relative luminance")."""
    share = colours[..., :3] / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    luminances: npt.NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return luminances
