"""Offers that are made ahead of the phone: they are there at once, they are good, and nothing is
left of those that nobody took."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType

import pytest
import uvloop

from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.calls.offers import Offers
from homecall_appliance.faults.containment import OnFailure, reported
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.media.webrtc.peer_connection import CLOSE_TIMEOUT
from homecall_appliance.signaling.messages import Code, Error, Hangup, Offer
from tests.support.call_world import (
    TEST_PATTERN,
    House,
    Phone,
    Unseen,
    call,
    gathered,
    house,
    until,
)
from tests.support.limits import session_limits
from tests.support.process import sockets

pytestmark = pytest.mark.slow


class Workshop:
    """Makes real peers; the test may hold up their gathering, or fail that of the first ones."""

    def __init__(self) -> None:
        self.history: list[str] = []
        self.made = 0
        self.failures = 0
        self.gate = asyncio.Event()
        self.gate.set()

    def __call__(
        self,
        camera: SharedCamera,
        audio: SharedAudio,
        ice: IceOptions,
        on_state: Callable[[str], None],
        *,
        on_failure: OnFailure,
    ) -> Peer:
        self.made += 1
        return WatchedPeer(self, camera, audio, ice, on_state, on_failure=on_failure)

    @property
    def open(self) -> int:
        """How many peers are."""
        return self.made - sum(line.endswith("closed") for line in self.history)


class WatchedPeer(Peer):
    """A peer whose life is written down."""

    def __init__(
        self,
        workshop: Workshop,
        camera: SharedCamera,
        audio: SharedAudio,
        ice: IceOptions,
        on_state: Callable[[str], None],
        *,
        on_failure: OnFailure,
    ) -> None:
        super().__init__(camera, audio, ice, on_state, on_failure=on_failure, new_decoder=Unseen)
        self.number = workshop.made
        self._workshop = workshop
        self._gather_really = self._agent.gather_candidates
        self._agent.gather_candidates = self._gather  # type: ignore[method-assign]

    async def offer(self) -> str:
        self._note("gathers")
        sdp = await super().offer()
        self._note("offers")
        return sdp

    async def _gather(self) -> None:
        await self._workshop.gate.wait()
        if self.number <= self._workshop.failures:
            raise OSError("No buffer space available")
        await self._gather_really()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self._note("closed")

    def _note(self, what: str) -> None:
        self._workshop.history.append(f"{self.number} {what}")


@pytest.fixture
async def workshop() -> Workshop:
    return Workshop()


def attached(home: House) -> Phone:
    phone = Phone(home.hub, home.published.session_id)
    phone.attach()
    return phone


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_an_offer_that_is_ready_leaves_at_once(workshop: Workshop) -> None:
    async with house(peer=workshop) as home:
        await gathered()
        served = home.published
        phone = attached(home)
        await asyncio.sleep(0)
        assert isinstance(phone.messages.get_nowait(), Offer)
        assert home.published is served  # the next link comes after the offer
        await until(lambda: "2 offers" in workshop.history)
        assert workshop.history == ["1 gathers", "1 offers", "2 gathers", "2 offers"]
        await phone.gone()


async def test_a_call_uses_the_peer_that_waited_and_closes_it(workshop: Workshop) -> None:
    async with house(peer=workshop) as home:
        await gathered()
        served, phone = await call(home)
        phone.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        await gathered()
        assert workshop.history == ["1 gathers", "1 offers", "2 gathers", "2 offers", "1 closed"]
        assert CallState.CONNECTED in served.history
        await phone.gone()


async def test_slow_gathering_delays_the_offer_and_nothing_else(workshop: Workshop) -> None:
    workshop.gate.clear()
    async with house(peer=workshop) as home:
        served = home.published
        phone = attached(home)
        await until(lambda: home.published is not served)
        assert (phone.messages.empty(), list(served.history)) == (True, [CallState.PUBLISHED])
        workshop.gate.set()
        await phone.offer()
        await gathered()
        assert workshop.made == 2
        await phone.gone()


async def test_gathering_that_failed_is_tried_again_for_the_phone(workshop: Workshop) -> None:
    workshop.failures = 1
    async with house(peer=workshop) as home:
        served = home.published
        await gathered()
        assert workshop.history == ["1 gathers", "1 closed"]
        phone = attached(home)
        await phone.offer()
        assert list(served.history) == [CallState.PUBLISHED, CallState.OFFERED]
        await phone.gone()


async def test_gathering_that_fails_twice_ends_its_own_call_only(workshop: Workshop) -> None:
    workshop.failures = 3  # the second try, and the first one for the next link
    async with house(peer=workshop) as home:
        await gathered()
        phone = attached(home)
        await until(lambda: bool(phone.closed))
        assert phone.messages.get_nowait() == Error(phone.session_id, Code.INTERNAL)
        _, other = await call(home)
        await phone.gone()
        await other.gone()


async def test_an_offer_of_earlier_addresses_is_not_sent(workshop: Workshop) -> None:
    addresses = ["192.0.2.1"]
    async with house(peer=workshop, addresses=lambda: addresses) as home:
        await gathered()
        served, addresses = home.published, ["192.0.2.2"]
        phone = attached(home)
        await phone.offer()
        await until(lambda: "1 closed" in workshop.history)
        assert isinstance(served.peer, WatchedPeer)
        assert served.peer.number > 1
        await phone.gone()


async def test_other_addresses_bring_another_offer_for_the_same_link(workshop: Workshop) -> None:
    addresses = ["192.0.2.1"]
    async with house(peer=workshop, addresses=lambda: addresses) as home:
        await gathered()
        published = home.published
        await home.reception.look_at_addresses()
        assert workshop.made == 1
        addresses = ["192.0.2.1", "198.51.100.1"]
        await home.reception.look_at_addresses()
        await gathered()
        assert (workshop.made, workshop.open) == (2, 1)
        phone = attached(home)
        await asyncio.sleep(0)
        assert isinstance(phone.messages.get_nowait(), Offer)
        assert phone.session_id == published.session_id
        await phone.gone()


async def test_addresses_that_cannot_be_read_end_nothing(workshop: Workshop) -> None:
    def addresses() -> list[str]:
        raise OSError("Too many open files")

    async with house(peer=workshop, addresses=addresses) as home:
        await home.reception.look_at_addresses()
        phone = attached(home)
        await phone.offer()
        await phone.gone()


async def test_an_old_link_holds_no_peer_and_serves_whoever_comes(workshop: Workshop) -> None:
    async with house(peer=workshop, renew_after=0.3) as home:
        old = home.published
        await until(lambda: home.published is not old and "1 closed" in workshop.history)
        phone = Phone(home.hub, old.session_id)
        phone.attach()
        await phone.offer()
        await phone.gone()


async def test_renewals_do_not_wait_for_a_peer_that_still_gathers(workshop: Workshop) -> None:
    workshop.gate.clear()
    async with house(peer=workshop, renew_after=0.05) as home:
        await until(lambda: len(home.calls) > 3)
        assert workshop.open == workshop.made
        workshop.gate.set()
        await until(lambda: "1 closed" in workshop.history)


async def test_an_offer_is_closed_by_who_no_longer_waits_for_that(workshop: Workshop) -> None:
    async with house(peer=workshop) as home:
        await gathered()
        assert home.published
        discarding = asyncio.create_task(home.published.offers.discard())
        await asyncio.sleep(0)
        discarding.cancel()
    assert workshop.history[-1] == "1 closed"
    assert workshop.open == 0


async def test_an_offer_is_closed_whose_taker_is_cancelled_as_it_is_ready(
    workshop: Workshop,
) -> None:
    workshop.gate.clear()
    async with house(peer=workshop) as home:
        await until(lambda: workshop.history == ["1 gathers"])
        assert home.published
        taking = asyncio.create_task(home.published.offers.next())
        await asyncio.sleep(0)
        making = next(task for task in asyncio.all_tasks() if task.get_name() == "offer")
        making.add_done_callback(lambda _: taking.cancel())
        workshop.gate.set()
        with pytest.raises(asyncio.CancelledError):
            await taking
        await until(lambda: workshop.history == ["1 gathers", "1 offers", "1 closed"])


async def test_renewals_leave_nothing_behind() -> None:
    async def left_of(renewals: int) -> tuple[int, int]:
        workshop = Workshop()
        async with house(session_limits(wait_timeout=0.2), renew_after=0.04, peer=workshop) as home:
            await until(lambda: len(home.calls) > renewals and workshop.open == 1)
            await gathered()
        assert workshop.open == 0
        return descriptors(), len(asyncio.all_tasks())

    first = await left_of(20)
    assert await left_of(60) == first


async def test_an_offer_that_a_busy_appliance_does_not_need_is_dropped(workshop: Workshop) -> None:
    async with house(peer=workshop, max_calls=1) as home:
        _, first = await call(home)
        second = attached(home)
        await until(lambda: "2 closed" in workshop.history)
        assert second.closed
        assert workshop.open == 2
        await first.gone()
        await second.gone()


async def test_without_addresses_each_offer_is_made_for_its_phone(workshop: Workshop) -> None:
    async with house(peer=workshop, addresses=None) as home:
        await home.reception.look_at_addresses()
        await gathered()
        assert workshop.made == 0
        phone = attached(home)
        await phone.offer()
        assert workshop.history == ["1 gathers", "1 offers"]
        await phone.gone()


@pytest.mark.parametrize("ready", [True, False])
async def test_stopping_closes_the_peer_that_waits(workshop: Workshop, ready: bool) -> None:
    if not ready:
        workshop.gate.clear()
    now = asyncio.get_running_loop().time
    async with house(peer=workshop):
        await until(lambda: len(workshop.history) == 1 + ready)
        began = now()
    assert workshop.history[-1] == "1 closed"
    assert now() - began < 2 * CLOSE_TIMEOUT


def test_a_peer_that_waits_wakes_nobody() -> None:
    async def waiting() -> None:
        offers = Offers(a_peer, lambda generation, state: None, reported, tuple)
        await offers.prepare()
        await gathered()
        timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
        assert [timer for timer in timers if not timer.cancelled()] == []
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await offers.discard()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(waiting())


async def left_ahead(offers: Offers, steps: int) -> None:
    await offers.prepare()
    for _ in range(steps):
        await asyncio.sleep(0)
    await offers.discard()


async def left_at_once(offers: Offers, steps: int) -> None:
    making = asyncio.create_task(offers.next())
    for _ in range(steps):
        await asyncio.sleep(0)
    making.cancel()
    await asyncio.wait([making])
    if not making.cancelled():
        await making.result().leaving.aclose()


@pytest.mark.parametrize("leave", [left_ahead, left_at_once])
@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_a_gathering_that_is_not_wanted_any_more_leaves_no_socket(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    leave: Callable[[Offers, int], Awaitable[None]],
) -> None:
    async def left() -> None:
        before = sockets()
        for steps in range(20):
            await leave(Offers(a_peer, lambda generation, state: None, reported, tuple), steps)
        await until(lambda: sockets() == before)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(left())


def a_peer(on_state: Callable[[str], None], on_failure: OnFailure) -> Peer:
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    return Peer(camera, audio, IceOptions(), on_state, on_failure=on_failure)
