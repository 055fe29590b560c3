"""What happens at the door, as both sides see it."""

from tests.computer.installed.service import Service
from tests.computer.screens import SECONDS
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, Status, idle, until

PHASE = "document.querySelector('#app').dataset.phase"
RINGING = f"{PHASE} === 'ringing'"
LIVE = f"{PHASE} === 'live'"
WIDTH = "document.querySelector('#remote-video').videoWidth"

DECLINED = "They cannot take the call now"
HUNG_UP = "The other side ended the call"
UNANSWERED = "Nobody has answered"


def ringing(status: Status) -> int:
    """For how many visitors it rings who are connected."""
    return sum(call["ringing"] and "connected" in call["history"] for call in status["calls"])


async def ring(appliance: Service, phone: Phone, visitors: int = 1) -> None:
    """Come to the door, until the page and the house know it; it rings for so many then."""
    await phone.open(await appliance.link())
    await phone.wait_for(RINGING, within=SECONDS)
    await until(appliance, lambda status: ringing(status) == visitors, SECONDS)


async def ended(phone: Phone) -> str:
    """The title of the page at the end of the call, once it is there."""
    await phone.wait_for(AT_END, within=SECONDS)
    title: str = await phone.evaluate("document.querySelector('#end-title').textContent")
    return title


async def over(appliance: Service, phone: Phone) -> str:
    """The same, once the house is at rest as well."""
    title = await ended(phone)
    await until(appliance, idle, SECONDS)
    return title
