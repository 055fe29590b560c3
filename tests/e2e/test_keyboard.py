"""A person who has a keyboard and sees nothing: what has the focus is said by its name."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.phone import Key, Phone
from tests.support.scenario import AT_END, IN_CALL, READY

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

FOCUSED = """
(() => {
  const { localName, ariaLabel, textContent, ariaPressed } = document.activeElement;
  return [localName, (ariaLabel ?? textContent).trim(), ariaPressed];
})()
""".strip()

ANNOUNCED = "document.querySelector('#announcer').textContent"

LINK = "document.querySelector('#share-link').value"

MOST_STOPS = 20
"""How often a person presses Tab for something before giving up."""


async def tab_to(phone: Phone, name: str) -> None:
    """Press Tab until a button of that name has the focus."""
    met = []
    for _ in range(MOST_STOPS):
        await phone.press("Tab")
        element, label, _pressed = await phone.evaluate(FOCUSED)
        if (element, label) == ("button", name):
            return
        met.append(label)
    raise AssertionError(f"{name} is not among {met}")


async def press(phone: Phone, name: str, key: Key) -> None:
    """Find a button by its name, and press it."""
    await tab_to(phone, name)
    await phone.press(key)


@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_keyboard_and_names_alone_make_mute_and_end_a_call(
    name: BrowserName, appliance: Appliance
) -> None:
    # Keys go to the tab that is seen.
    async with launch(name, appliance.ca) as hers, launch(name, appliance.ca) as his:
        ann, bob = await hers.phone(), await his.phone()
        await ann.open(f"https://{appliance.host}:{appliance.https_port}/")
        await ann.wait_for(READY)
        await press(ann, "Connect", "Enter")
        await bob.open(await ann.wait_for(LINK))
        for phone in (ann, bob):
            await phone.wait_for(IN_CALL, within=40)
        await ann.wait_for(f"{ANNOUNCED} === 'Connected'")

        await press(ann, "Mute the microphone", "Space")
        assert await ann.evaluate(FOCUSED) == ["button", "Mute the microphone", "true"]
        await press(ann, "More", "Enter")
        await press(ann, "No sound? No picture?", "Enter")
        await ann.wait_for(f"{FOCUSED}[1] === 'What helps'")
        for expected in ("No sound? No picture?", "More"):
            await ann.press("Escape")
            await ann.wait_for(f"{FOCUSED}[1] === '{expected}'")

        await press(ann, "End the call", "Enter")
        for phone in (ann, bob):
            await phone.wait_for(AT_END)
        assert (await ann.evaluate(FOCUSED))[:2] == ["h1", "You ended the call"]
