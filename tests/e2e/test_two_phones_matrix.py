"""Two phones, each of which is reloaded, duplicated, put aside, moved or hung up at any time.

Whatever happens to whichever side in whichever state: the call goes on, or both are told its end.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.browser import Browser, BrowserName
from tests.support.browsers.devices import GRANTED, HELD
from tests.support.browsers.phone import Phone
from tests.support.network import Host
from tests.support.scenario import AT_END, READY, sees

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

Side = Literal["maker", "guest"]
State = Literal["waiting", "asking", "alone", "live", "lost"]
Event = Literal["reload", "duplicate", "background", "move", "hang up"]

LINK = "document.querySelector('#share-link').value"
ATTACHED = "probes.attached.length"
PHASE = "document.querySelector('#app').dataset.phase"
LIVE = f"{PHASE} === 'live'"
TITLE = "document.querySelector('#end-title').textContent"
REPLACED = "The call goes on in another tab"
TOLD = {
    "You ended the call",
    "The other side ended the call",
    "This link works no more",
    "The other side was lost",
}

RECOVERY = 30.0
"""Seconds after which both see each other again at the latest: a browser takes 5 to 15 s to find
that the other side is another page now, and up to 12 s to see that its socket is dead."""

CASES: list[tuple[State, Side, Event]] = [
    *[("waiting", "maker", event) for event in ("reload", "duplicate", "background", "move")],
    ("waiting", "maker", "hang up"),
    *[("asking", "maker", event) for event in ("reload", "duplicate", "move", "hang up")],
    *[("asking", "guest", event) for event in ("reload", "duplicate", "move", "hang up")],
    *[("alone", "guest", event) for event in ("reload", "duplicate", "move", "hang up")],
    *[("live", "maker", event) for event in ("reload", "duplicate", "move", "hang up")],
    *[("live", "guest", event) for event in ("reload", "duplicate", "move", "hang up")],
    ("live", "maker", "background"),
    *[("lost", "maker", event) for event in ("move", "hang up")],
    *[("lost", "guest", event) for event in ("move", "hang up")],
]
"""waiting: there is only the maker yet; asking: this side's browser asks for the devices; alone:
the maker is away when the guest opens the link; lost: this side's network is away in the call."""

_addresses = count(100)


@dataclass
class Machines:
    """The house, and a browser for each side."""

    house: House
    browsers: dict[Side, tuple[Browser, Host]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machines(browser_name: BrowserName) -> AsyncIterator[Machines]:
    async with (
        house(320, 180, 10, browser_name=browser_name) as made,
        made.browser() as maker,
        made.browser() as guest,
    ):
        yield Machines(made, {"maker": maker, "guest": guest})


@dataclass
class Pair:
    """The phones of the two sides, and their former pages."""

    machines: Machines
    link: str = ""
    phones: dict[Side, Phone] = field(default_factory=dict)
    former: list[Phone] = field(default_factory=list)
    asking: set[Side] = field(default_factory=set)
    """The sides whose browsers ask for the devices."""

    def host(self, side: Side) -> Host:
        return self.machines.browsers[side][1]

    async def come(self, side: Side, *, asks: bool = False) -> None:
        """Make the link, or open it."""
        browser = self.machines.browsers[side][0]
        self.phones[side] = phone = await browser.phone(before=HELD if asks else "")
        if asks:
            self.asking.add(side)
        if side == "guest":
            await phone.open(self.link)
        else:
            await phone.open(self.machines.house.url)
            await phone.wait_for(READY)
            await phone.click("#connect")
            self.link = await phone.wait_for(LINK)
        # After a hang-up he is told the end before he is asked for anything.
        await phone.wait_for("!!globalThis.grant" if asks else f"{ATTACHED} || {AT_END}")

    async def enter(self, state: State, side: Side) -> None:
        """Come as far as this state of this side."""
        await self.come("maker", asks=(state, side) == ("asking", "maker"))
        if state == "waiting":
            return
        if state == "alone":
            self.host("maker").pull()
        await self.come("guest", asks=(state, side) == ("asking", "guest"))
        if state in ("live", "lost"):
            await self.both_see()
        if state == "lost":
            self.host(side).pull()
            await self.phones[side].wait_for(f"{PHASE} === 'weak'")

    async def happen(self, event: Event, side: Side) -> None:
        phone = self.phones[side]
        match event:
            case "reload":
                await phone.reload()
            case "duplicate":
                self.former.append(phone)
                self.phones[side] = await phone.duplicate()
            case "background":
                for each in self.phones.values():
                    await each.freeze()
                await asyncio.sleep(10)  # longer than any server or browser waits for a sign
                for each in self.phones.values():
                    await each.thaw()
            case "move":
                self.host(side).move(next(_addresses))
            case "hang up":
                await phone.click("#hangup")

    async def go_on(self) -> None:
        """All that was held up goes on: networks, questions, the guest's coming."""
        for side in ("maker", "guest"):
            self.host(side).plug()
        if "guest" not in self.phones:
            await self.come("guest")
        for phone in (*self.former, *(self.phones[side] for side in self.asking)):
            await phone.wait_for(f"{GRANTED} || {AT_END}")

    async def both_see(self) -> None:
        for phone in self.phones.values():
            await phone.wait_for(LIVE, within=RECOVERY)
            await sees(phone, within=RECOVERY)

    async def are_told(self) -> None:
        for phone in self.phones.values():
            await phone.wait_for(AT_END, within=RECOVERY)
            assert await phone.evaluate(TITLE) in TOLD


@pytest_asyncio.fixture(loop_scope="module")
async def pair(machines: Machines) -> AsyncIterator[Pair]:
    pair = Pair(machines)
    yield pair
    for side in ("maker", "guest"):
        pair.host(side).plug()
    for phone in pair.phones.values():
        await phone.close()


@pytest.mark.parametrize(
    ("state", "side", "event"), [pytest.param(*case, id=", ".join(case)) for case in CASES]
)
async def test_the_call_goes_on_or_both_are_told_its_end(
    pair: Pair, state: State, side: Side, event: Event
) -> None:
    await pair.enter(state, side)
    await pair.happen(event, side)
    await pair.go_on()
    if event == "hang up":
        await pair.are_told()
        return
    for former in pair.former:
        await former.wait_for(AT_END, within=RECOVERY)
        assert await former.evaluate(TITLE) == REPLACED
    await pair.both_see()
    await pair.phones[side].click("#hangup")
    await pair.are_told()
    assert [error for phone in pair.phones.values() for error in phone.errors] == []
