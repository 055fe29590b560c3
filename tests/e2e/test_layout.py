"""Nothing of the page is out of reach on a small screen, nor with texts of twice their size."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.sheet.scenes import SCENES, Look, chromium, shown
from tests.sheet.site import Site

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

SIZES = ((320, 568), (844, 390), (195, 422), (422, 195))
"""CSS pixels: a small telephone, a large one on its side, and that one at a zoom of 200 %."""

OUT_OF_REACH = """
(() => {
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const roots = '#app:not([inert]), #help';
  const words = [...document.querySelectorAll(`:is(${roots}) :is(button, input, h1, h2, h3, p, a)`)]
    .filter((element) => seen(element) && !element.closest('.unseen'));
  const lost = [];
  for (const element of words) {
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    const [across, down] = [innerWidth, innerHeight];
    const name = element.id || element.textContent.trim().slice(0, 20) || element.className;
    if (left < -1 || right > across + 1) lost.push(`${name} is too wide`);
    else if (top < -1 && bottom <= down + 1) lost.push(`${name} is above`);
    else if (bottom > down + 1 && top >= -1 && element.matches('button, input')) {
      lost.push(`${name} is below`);
    }
    if (element.scrollWidth > Math.ceil(width) + 1 && !element.matches('input')) {
      lost.push(`${name} overflows`);
    }
    // What lies over the own picture goes away, or the picture is taken elsewhere.
    if (element.matches('button:not(:disabled, #move)')) {
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      if (!hit || !(element.contains(hit) || hit.contains(element))) {
        lost.push(`${name} is covered by ${hit?.id || hit?.className || hit?.localName}`);
      }
    }
  }
  return lost;
})()
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with Site().serving() as serving:
        yield serving


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", list(SCENES))
async def test_everything_is_in_reach(
    browser: Browser, site: Site, name: str, language: str
) -> None:
    lost = {}
    async with shown(browser, site, SCENES[name], Look(language)) as page:
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            await page.wait_for_timeout(50)
            if found := await page.evaluate(OUT_OF_REACH):
                lost[f"{width}x{height}"] = found
    assert lost == {}
