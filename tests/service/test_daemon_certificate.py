"""The daemon with an owner's certificate that is not there yet, and one that is bad."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.doctor.commands import Done, run
from tests.support.appliance import Appliance
from tests.support.owner_world import PEM, Owner

pytestmark = pytest.mark.slow

NAME = "localhost"


async def until(appliance: Appliance, there: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(30):
        while not there(await appliance.status()):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.1)


async def doctor(appliance: Appliance) -> Done:
    config = str(appliance.directory / "homecall.toml")
    return await asyncio.to_thread(run, "doctor", "--config", config)


async def verified(appliance: Appliance, host: str, roots: str) -> None:
    """Raises SSLError where a browser that trusts `roots` would warn."""
    context = ssl.create_default_context(cadata=roots)
    _, writer = await asyncio.open_connection(
        "127.0.0.1", appliance.https_port, ssl=context, server_hostname=host
    )
    writer.close()
    await writer.wait_closed()


async def test_links_lead_to_the_address_until_there_is_a_good_certificate(
    tmp_path: Path,
) -> None:
    owner, files = Owner(), tmp_path / "own"
    files.mkdir()
    keys = {"certificate": "fullchain.pem", "private_key": "privkey.pem"}
    tls = {"mode": "files", **{key: str(files / name) for key, name in keys.items()}}
    async with Appliance.running(
        {"server": {"public_host": NAME, "public_port": 8443}, "tls": tls}
    ) as appliance:
        tls_directory = appliance.directory / "tls"
        local = (tls_directory / "ca.crt").read_text()
        status, link = await appliance.status(), urlsplit(await appliance.link())
        assert "fullchain.pem cannot be read" in status["certificate"]["problem"]
        assert "links lead to this machine's address" in status["certificate"]["problem"]
        assert status["certificate"]["authority"]
        assert (link.hostname == NAME, link.port) == (False, appliance.https_port)
        await verified(appliance, str(link.hostname), local)
        assert "There is no file" in (await doctor(appliance)).line("certificate")

        owner.pair(names=(NAME,)).write(files)
        await until(appliance, lambda status: not status["certificate"]["problem"])
        link = urlsplit(await appliance.link())
        assert (link.hostname, link.port) == (NAME, 8443)
        assert (await appliance.status())["certificate"]["authority"] is None
        await verified(appliance, NAME, owner.root.public_bytes(PEM).decode())
        assert "Your own certificate is valid until" in (await doctor(appliance)).line(
            "certificate"
        )

        owner.pair(names=(NAME,), begin=-90, end=-1).write(files)
        said = (await doctor(appliance)).line("certificate")
        assert "has expired on" in said
        assert urlsplit(await appliance.link()).hostname == NAME
        await verified(appliance, NAME, owner.root.public_bytes(PEM).decode())
