"""What Firefox makes of each state of the page: axe-core finds no fault, and all is in reach."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from tests.e2e.test_axe import AXE, OPEN, RUN
from tests.e2e.test_layout import OUT_OF_REACH, SIZES
from tests.sheet.scenes import SCENES, THEMES, Look, Theme, firefox, shown_by_firefox
from tests.sheet.site import Site
from tests.support.browsers.firefox import Firefox

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

LANGUAGES: dict[Theme, str] = {"dark": "en", "light": "ru"}


@pytest.fixture(scope="module", params=THEMES)
def theme(request: pytest.FixtureRequest) -> Theme:
    named: Theme = request.param
    return named


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(theme: Theme) -> AsyncIterator[Firefox]:
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as home:
        async with firefox(Path(home), theme) as launched:
            yield launched


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with Site().serving() as serving:
        yield serving


@pytest.mark.parametrize("name", list(SCENES))
async def test_nothing_is_found_and_everything_is_in_reach(
    browser: Firefox, site: Site, theme: Theme, name: str
) -> None:
    found = {}
    look = Look(LANGUAGES[theme], theme)
    async with shown_by_firefox(browser, site, SCENES[name], look) as phone:
        assert await phone.evaluate(f"matchMedia('(prefers-color-scheme: {theme})').matches")
        await phone.evaluate(f"(() => {{ {AXE} }})()")
        violations, incomplete = await phone.evaluate(f"({RUN})(false)")
        if violations or incomplete.keys() - OPEN:
            found["axe"] = violations | incomplete
        for width, height in SIZES:
            await phone.resize(width, height)
            await asyncio.sleep(0.05)
            if lost := await phone.evaluate(OUT_OF_REACH):
                found[f"{width}x{height}"] = lost
    assert found == {}
