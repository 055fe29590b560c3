"""Rows S1, S2, S3, S5, S10: what a stranger does with links and sessions."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from random import Random
from typing import Any
from uuid import UUID

from aiohttp import ClientSession, TCPConnector

from tests.security.phone import INNOCENT, STRANGER, Phone, no_trust
from tests.security.result import Result
from tests.security.target import Source, Target

ANSWER_TIMEOUT = 5.0
"""Seconds that a participant has for its answer, where the daemon has a limit for that."""

HELD = 14.0
"""Seconds for which two strangers keep their calls without an answer."""

CHIME, BEYOND = 2.5, 0.4
"""Seconds in which a chime is over, and by which it keeps the sound device open longer."""


async def stolen_place(source: Source, chance: Random) -> Result:
    """S1: whoever has photographed the link waits until the visitor's network stumbles."""
    got: dict[str, str] = {}
    async with source.daemon() as target:
        for name, thief_label in (("another label", "thief"), ("no label", None)):
            session_id = await target.link()
            async with Phone.attached(target, session_id, "visitor", INNOCENT) as visitor:
                assert await visitor.call(), target.appliance.log()
                visitor.lose()
                await asyncio.sleep(0.5)
                async with Phone.attached(target, session_id, thief_label) as thief:
                    got[f"a thief with {name} gets"] = await thief.told(within=5)
                    async with Phone.attached(target, session_id, "visitor", INNOCENT) as again:
                        told = await again.told(within=3)
                        got[f"the visitor then ({name})"] = told
                        goes_on = await visitor.sees(within=3)
                        got[f"the visitor's picture ({name})"] = "goes on" if goes_on else "STOPS"
                        await again.hang_up()
            await asyncio.sleep(0.5)
    faults = [
        f"{name} {what}: it is the room's camera"
        for name, what in got.items()
        if "thief" in name and what == "offer"
    ]
    faults += [
        f"{name}: {what}"
        for name, what in got.items()
        if "visitor" in name and what in {"session_full", "session_ended", "STOPS"}
    ]
    return Result(got, faults)


async def never_answered(source: Source, chance: Random) -> Result:
    """S2: two who take a link and never answer, but give a sign again and again."""
    session: dict[str, float] = {"reconnect_grace": 1.0}
    if await source.knows("session.answer_timeout"):
        session["answer_timeout"] = ANSWER_TIMEOUT
    async with source.daemon({"session": session}) as target, AsyncExitStack() as stack:
        strangers = []
        for number in range(2):
            stranger = await stack.enter_async_context(
                Phone.attached(target, source=f"127.0.0.{70 + number}")
            )
            await stranger.offer()
            strangers.append(stranger)
            await asyncio.sleep(0.5)
        loop = asyncio.get_running_loop()
        start, held = loop.time(), 0.0
        while loop.time() - start < HELD:
            for stranger in strangers:
                with contextlib.suppress(ConnectionError):
                    await stranger.say("candidate", candidate=None)
            if not (await target.status())["calls"]:
                break
            held = loop.time() - start
            await asyncio.sleep(0.5)
        async with AsyncExitStack() as others:
            for number in range(2):
                stranger = await others.enter_async_context(
                    Phone.attached(target, source=f"127.0.0.{80 + number}")
                )
                await stranger.told()
                await asyncio.sleep(0.5)
            async with Phone.attached(target, source=INNOCENT) as newcomer:
                told = await newcomer.told()
    figures = {"calls without an answer held for": f"{held:.1f} s", "a newcomer beside two": told}
    faults = []
    if held > ANSWER_TIMEOUT + 3:
        faults.append(f"an unanswered call is held for {held:.0f} s and longer")
    if told == "busy":
        faults.append("calls that nobody answered make the house busy")
    return Result(figures, faults)


async def all_sessions(source: Source, chance: Random) -> Result:
    """S3: one address makes sessions, and keeps no socket open."""
    rooms = 16
    async with source.daemon({"session": {"max_sessions": rooms}}) as target:
        for _ in range(20):
            session_id = str(UUID(bytes=chance.randbytes(16), version=4))
            async with Phone.attached(target, session_id, f"stranger{chance.random()}") as stranger:
                await asyncio.sleep(0.05)
                stranger.lose()
        await asyncio.sleep(0.5)
        held = (await target.status())["sessions"]["waiting"] - 1  # the appliance's own
        session_id = str(UUID(bytes=chance.randbytes(16), version=4))
        async with Phone.attached(target, session_id, source=INNOCENT) as innocent:
            told = await innocent.told(within=1)
    figures = {
        f"of {rooms} sessions one address holds": held,
        "somebody else's session": "comes about" if told == "nothing" else told,
    }
    return Result(figures, ["one address fills the house"] if told != "nothing" else [])


async def credentials(source: Source, chance: Random) -> Result:
    """S5: a relay's credentials for whoever asks."""
    relay = {"urls": ["turn:127.0.0.1:9?transport=udp"], "secret": "a secret of the relay"}
    async with source.daemon({"ice": {"turn": [relay]}}) as target:
        found: list[dict[str, Any]] = []
        connector = TCPConnector(local_addr=(STRANGER, 0), ssl=no_trust())
        async with ClientSession(connector=connector) as client:
            unknown = UUID(bytes=chance.randbytes(16), version=4)
            for query in ("", "?session=", f"?session={unknown}", f"?sessionId={unknown}"):
                url = f"https://{target.host}:{target.port}/config.json{query}"
                async with client.get(url) as response:
                    body = await response.json() if response.status == 200 else {}
                found += [each for each in body.get("iceServers", []) if "credential" in each]
    names = [str(each["username"]) for each in found]
    figures = {
        "credentials without a session": len(found),
        "their names": ", ".join(names[:2]) or "none",
    }
    faults = []
    if found:
        faults.append("whoever asks gets the relay's credentials")
    if len(names) != len(set(names)):
        faults.append("and all get the same")
    return Result(figures, faults)


async def rings(source: Source, chance: Random) -> Result:
    """S10: somebody who sees the codes makes it ring again and again.

    The chime is heard nowhere here, but it keeps the sound device open for a second and longer
    after the visitor has gone; without one the device is open for the visit alone.
    """
    async with source.daemon() as target:
        short = await _rung(target, visits=3, seconds=0.3)
        long = await _rung(target, visits=2, seconds=2.5)
    figures = {
        "rang at visits of 0.3 s": f"{short} of 3",
        "at visits of 2.5 s, in 9 s": f"{long} of 2",
    }
    faults = []
    if short:
        faults.append("it rings for visitors that leave at once")
    if long > 1:
        faults.append("it rings more than once in ten seconds")
    return Result(figures, faults)


async def _rung(target: Target, visits: int, seconds: float) -> int:
    """Visit so often for so long; returns how often the chime was to be heard."""
    async with target.watched() as harm:
        for number in range(visits):
            async with Phone.attached(target, source=f"127.0.0.{90 + number}") as stranger:
                await stranger.told()
                await asyncio.sleep(seconds)
                await stranger.hang_up()
            await asyncio.sleep(CHIME)
    return sum(each > seconds + BEYOND for each in harm.sounding)
