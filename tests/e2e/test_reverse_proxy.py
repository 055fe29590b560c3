"""A call whose page came by a reverse proxy, which reads its configuration again meanwhile."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.house import house
from tests.e2e.story import ATTACHED, STILL_SECONDS, STOPPED, story
from tests.e2e.test_network_loss import facts, same_call
from tests.support.browsers.browser import BrowserName
from tests.support.rigs.proxies import caddy
from tests.support.scenario import flowing, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(180)]


async def test_a_call_outlives_a_reload_of_the_proxy(
    tmp_path: Path, browser_name: BrowserName
) -> None:
    """caddy then closes every WebSocket, to both sides, with 1001; so does a restart of others."""
    async with house(640, 360, 15, browser_name=browser_name) as made:
        certificate = made.appliance.directory / "tls" / "server"
        async with (
            caddy(
                tmp_path,
                f"https://{made.appliance.host}:{made.appliance.https_port}",
                "{hostport}",
                (certificate.with_suffix(".crt"), certificate.with_suffix(".key")),
                made.network.machine.prefix,
            ) as proxy,
            made.phone() as (phone, host),
        ):
            link = await made.appliance.link()
            await phone.open(link.replace(f":{made.appliance.https_port}", f":{proxy.port}"))
            await phone.wait_for("probes.clock()", within=30)
            await until(made.appliance, flowing)
            async with story("caddy reload", lambda: facts(made, host, phone)) as told:
                assert await proxy.reload() == 0
                await told.reaches(ATTACHED, within=10)
                await asyncio.sleep(2 * STILL_SECONDS)
                assert STOPPED not in told.times
                await phone.wait_for("probes.clock()")
                await until(made.appliance, flowing)
                await same_call(made, phone, link)
            await made.hang_up(phone)
