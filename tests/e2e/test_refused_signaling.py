"""The page comes, and signaling is refused: here by a name that the appliance does not know."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

NAME = "pi.example"


async def test_the_person_is_told_where_to_go(
    appliance: Appliance, browser_name: BrowserName
) -> None:
    link = (await appliance.link()).replace(appliance.host, NAME)
    async with launch(browser_name, appliance.ca, local_names=(NAME,)) as browser:
        phone = await browser.phone(any_certificate=True)
        await phone.open(link)
        toasts = "document.querySelector('#toasts').textContent"
        told = await phone.wait_for(f"{toasts}.includes('lets no call through') && {toasts}")
        assert f"http://{NAME}:{appliance.http_port}/" in told
        assert "No connection" not in told
        assert "server.allowed_origins" in appliance.log()
        await phone.close()
