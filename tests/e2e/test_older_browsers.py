"""The page works in browsers that lack what older ones do: see tests/web/compat/removal.mjs."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, flowing, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

REMOVAL = Path(__file__).parents[1] / "web" / "compat" / "removal.mjs"

CALL_BUTTONS = ("mute", "hangup")
"""No screen shows the phone's picture: it has no button for its camera."""

CASES = [
    pytest.param("safari_ios", "chromium"),
    pytest.param("chrome", "chromium", marks=pytest.mark.long),
    pytest.param("firefox", "firefox", marks=pytest.mark.long),
    pytest.param("safari_ios", "firefox", marks=pytest.mark.long),
]


async def removal(target: str) -> dict[str, Any]:
    """What removal.mjs prints."""
    process = await asyncio.create_subprocess_exec(
        "node", str(REMOVAL), target, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    answer: dict[str, Any] = json.loads(output)
    return answer


async def within_reach(phone: Phone, *ids: str) -> list[str]:
    """The buttons in whose middle a finger meets them, at least 44 CSS pixels wide and high."""
    reached: list[str] = await phone.evaluate(
        f"""{json.dumps(ids)}.filter((id) => {{
          const button = document.getElementById(id);
          const {{ x, y, width, height }} = button.getBoundingClientRect();
          const top = document.elementFromPoint(x + width / 2, y + height / 2);
          return button.contains(top) && Math.min(width, height) >= 44;
        }})"""
    )
    return reached


@pytest.mark.parametrize(("target", "name"), CASES)
async def test_a_call_without_what_the_target_lacks(
    target: str, name: BrowserName, appliance: Appliance
) -> None:
    lacking = await removal(target)
    async with launch(name, appliance.ca) as browser:
        phone = await browser.phone(before=lacking["script"])
        await phone.open(await appliance.link())
        for owner, *member in lacking["objects"]:
            there = f"[globalThis.{owner}, globalThis.{owner}?.prototype]"
            if member:
                there += f".some((one) => one && Object.hasOwn(one, '{member[0]}'))"
            else:
                there += ".some(Boolean)"
            assert await phone.evaluate(there) is False, (owner, member)
        await phone.wait_for("probes.clock()", within=30)
        await until(appliance, flowing)
        assert await within_reach(phone, *CALL_BUTTONS) == list(CALL_BUTTONS)
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        assert await within_reach(phone, "again") == ["again"]
        assert phone.errors == []
        await until(appliance, idle)
    print(f"{name} as {target} {lacking['version']}: without {lacking['objects']}", end="; ")
    print(f"{lacking['styles']}; untouched {lacking['kept']}")
