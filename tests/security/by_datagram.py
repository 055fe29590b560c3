"""Rows D: what a neighbour does with datagrams."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from tests.security.datagrams import KINDS, LARGEST, MALFORMED_STUN, unauthenticated
from tests.security.neighbour import Neighbour
from tests.security.network import HOUSE
from tests.security.phone import INNOCENT, Phone
from tests.security.result import Result
from tests.security.target import KEPT, MIB, Source, Target

BEFORE, AFTER = 2.0, 3.0
"""Seconds of a call that are counted before and after a short attack."""

MIXTURE_SECONDS = 6.0


async def empty(source: Source, chance: Random) -> Result:
    """D1: empty datagrams in a call, and before one."""
    async with source.daemon() as target, Phone.attached(target, source=INNOCENT) as phone:
        assert await phone.call(), target.appliance.log()
        before = await phone.rate(BEFORE)
        with _neighbour(chance) as neighbour:
            await _flood(target, neighbour, KINDS["empty"], 1)
        await asyncio.sleep(1)
        during = await phone.rate(AFTER)
        await phone.say("hangup")
        await target.settle()
        async with target.watched() as harm:
            with _neighbour(chance) as neighbour:
                sent = await _flood(target, neighbour, KINDS["empty"], 1200)
        async with Phone.attached(target, source=INNOCENT) as other:
            next_call = await other.call(within=10)
    faults = [*harm.faults()]
    if during < KEPT * before:
        faults.append("one empty datagram to each port ends a call")
    if not next_call:
        faults.append("empty datagrams before a call keep it from coming about")
    figures = {
        "pictures/s before, after one to each port": f"{before:.1f}, {during:.1f}",
        f"a call after {sent} of them": "comes about" if next_call else "does NOT come about",
        **harm.figures(),
    }
    return Result(figures, faults)


async def malformed_stun(source: Source, chance: Random) -> Result:
    """D2: STUN that a parser stumbles over."""

    def made(own: Random) -> bytes:
        return own.choice((MALFORMED_STUN, KINDS["stun-malformed"](own)))

    return await _before_a_call(source, chance, made, 500)


async def unauthenticated_stun(source: Source, chance: Random) -> Result:
    """D3: STUN requests that nobody has signed, with long names."""
    return await _before_a_call(source, chance, lambda own: unauthenticated(own, 60_000), 300)


async def huge(source: Source, chance: Random) -> Result:
    """D4: the largest datagrams to an offer that nobody has answered."""

    def made(own: Random) -> bytes:
        return bytes([0x80 | own.randrange(64)]) * LARGEST

    return await _before_a_call(source, chance, made, 600)


async def mixture(source: Source, chance: Random) -> Result:
    """All kinds at 2,000 a second in a call, from the neighbour's own port."""
    return await _in_a_call(source, chance, forged=False)


async def forged(source: Source, chance: Random) -> Result:
    """The same in the phone's own name: its address and its port."""
    return await _in_a_call(source, chance, forged=True)


async def _before_a_call(
    source: Source, chance: Random, make: Callable[[Random], bytes], times: int
) -> Result:
    async with source.daemon() as target:
        await target.until_ports()
        async with target.watched() as harm:
            with _neighbour(chance) as neighbour:
                sent = await _flood(target, neighbour, make, times)
        async with Phone.attached(target, source=INNOCENT) as phone:
            called = await phone.call()
    figures = {"datagrams": sent, **harm.figures(), "a call then": "yes" if called else "NO"}
    faults = [*harm.faults(growth=8 * MIB)]
    return Result(figures, faults if called else [*faults, "no call comes about then"])


async def _in_a_call(source: Source, chance: Random, *, forged: bool) -> Result:
    async with source.daemon() as target, Phone.attached(target, source=INNOCENT) as phone:
        assert await phone.call(), target.appliance.log()
        before = await phone.rate(BEFORE)
        targets = [(HOUSE, port) for port in target.udp_ports]
        address = phone.socket_address if forged else None
        async with target.watched() as harm:
            with _neighbour(chance, address) as neighbour:
                sending = asyncio.to_thread(
                    neighbour.mixture, [*KINDS], MIXTURE_SECONDS, 2000, targets
                )
                work = asyncio.create_task(sending)
                during = await phone.rate(MIXTURE_SECONDS)
                sent = await work
        after = await phone.rate(BEFORE)
    figures = {
        "datagrams": sent.total(),
        "pictures/s before, during, after": f"{before:.1f}, {during:.1f}, {after:.1f}",
        **harm.figures(),
    }
    faults = [*harm.faults()]
    if min(during, after) < KEPT * before:
        faults.append("the call loses its pictures")
    return Result(figures, faults)


@contextmanager
def _neighbour(chance: Random, forged: tuple[str, int] | None = None) -> Iterator[Neighbour]:
    neighbour = Neighbour(chance.getrandbits(32), forged)
    try:
        yield neighbour
    finally:
        neighbour.close()


async def _flood(
    target: Target, neighbour: Neighbour, make: Callable[[Random], bytes], times: int
) -> int:
    targets = [(HOUSE, port) for port in await target.until_ports()]
    return await asyncio.to_thread(neighbour.repeat, make, times, targets)
