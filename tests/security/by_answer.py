"""Rows A: what a phone does with its answer. One link is enough."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

from tests.security.mutated import mutated
from tests.security.network import VICTIM, Datagram, pending, sniffing, udp_listener
from tests.security.phone import INNOCENT, Phone
from tests.security.result import Result
from tests.security.target import KEPT, MIB, Harm, Source, Target, loop_lag

SECONDS = 4.0
"""For which what an answer sets off is counted."""

MARK = "7QZX7"
"""A piece of an answer that must never be read in the journal."""

LONGEST = 10_000
"""Characters of an answer, which are not too long for a message however they are escaped."""

MULTICAST_DNS = 5353

MOST_PORTS, MOST_NAMES = 8, 4
"""Ports of one address, and `.local` names, that one call may have tried."""

LINES_OF_A_CALL = 14
"""More than a call says of its own, with what was tried where no connection came about."""

Edit = Callable[[str], str]


def _everywhere(line: str) -> Edit:
    """Add a line to each section of an answer, behind its mid."""
    return lambda answer: re.sub(r"(?m)^(a=mid:[^\r\n]*)\r\n", rf"\1\r\n{line}\r\n", answer)


def _extension(answer: str) -> str:
    """Give the MID an identifier that no header extension can have (RFC 8285, section 4.2)."""
    uri = "urn:ietf:params:rtp-hdrext:sdes:mid"
    without = re.sub(rf"(?m)^a=extmap:\d+ {uri}\r\n", "", answer)
    return _everywhere(f"a=extmap:300 {uri}")(without)


def _sections(answer: str) -> str:
    """Some 50 KiB: much text of transport in the first section, and many that are rejected."""
    text = "a=ice-ufrag:abcd\r\n" * 1400
    rejected = (f"m=video 0 UDP/TLS/RTP/SAVPF 97\r\na=mid:{number}\r\n" for number in range(520))
    return answer.replace("a=mid:0\r\n", f"a=mid:0\r\n{text}", 1) + "".join(rejected)


def _feedback(answer: str) -> str:
    """30 KiB: each line of feedback is for each codec."""
    codecs = "".join(f"a=rtpmap:{number} VP8/90000\r\n" for number in range(1000, 1650))
    return answer + codecs + "a=rtcp-fb:* nack pli\r\n" * 650


async def extension(source: Source, chance: Random) -> Result:
    """A1: a header extension with an identifier that cannot be written."""
    return await _beside_a_call(source, _extension)


async def sections(source: Source, chance: Random) -> Result:
    """A2: rejected sections, and text that each of them gets."""
    return await _beside_a_call(source, _sections)


async def feedback(source: Source, chance: Random) -> Result:
    """A3: feedback for each of many codecs."""
    return await _beside_a_call(source, _feedback)


async def _beside_a_call(source: Source, edit: Edit) -> Result:
    async with _innocent_call(source) as (target, innocent):
        before = await innocent.rate(2)
        async with target.watched() as harm, Phone.attached(target) as stranger:
            await stranger.answer(edit)
            during = await innocent.rate(SECONDS)
            told = await stranger.told(within=0.1)
    faults = [*harm.faults(growth=24 * MIB)]
    if during < KEPT * before:
        faults.append("the other call loses its pictures")
    figures = {
        **harm.figures(),
        "the other call, pictures/s": f"{before:.1f}, {during:.1f}",
        "the stranger is told": told,
    }
    return Result(figures, faults)


async def candidates(source: Source, chance: Random) -> Result:
    """A4: candidates that name other hosts, this one's services, and names to ask for."""
    with sniffing() as sniffer, udp_listener() as service:
        own_port = service.getsockname()[1]
        few = [_host(VICTIM, port) for port in (22, 53, 80, *range(40_000, 40_040))]
        local = [_host("127.0.0.1", own_port), _host("127.0.0.1", 53)]
        names = [_host(f"{chance.getrandbits(64):x}.local", 40_000) for _ in range(150)]
        many = [_host(VICTIM, port) for port in range(40_000, 41_080)]
        async with _innocent_call(source) as (target, _):
            sniffer.datagrams()
            tried = await _answer_with(target, [*few, *local])
            seen = [each for each in sniffer.datagrams() if each.host == VICTIM]
            asking = await _answer_with(target, names)
            asked = _names(sniffer.datagrams())
            frozen = await _answer_with(target, many)
        loopback = pending(service)
    ports = {each.port for each in seen}
    worst = _worst(tried, asking, frozen)
    faults = [*worst.faults(lines=60)]
    if len(ports) > MOST_PORTS:
        faults.append(f"{len(ports)} ports of one host of the LAN are sent to")
    if any(port < 1024 for port in ports):
        faults.append("privileged ports are sent to")
    if loopback:
        faults.append("the loopback is sent to")
    if len(asked) > MOST_NAMES:
        faults.append(f"{len(asked)} names are asked for")
    figures = {
        **worst.figures(),
        "to a host of the LAN": f"{len(seen) / SECONDS:.0f}/s, {len(ports)} ports",
        "to the loopback": loopback,
        "names asked for": len(asked),
        "stall at 1,080 candidates": f"{frozen.stall:.2f} s",
    }
    return Result(figures, faults)


async def numbers(source: Source, chance: Random) -> Result:
    """A5: lines with a number that is none."""
    lines = (
        f"a=rtpmap:{MARK} opus/48000/2",
        f"a=rtpmap:96 opus/{MARK}/2",
        f"a=fmtp:{MARK} apt=96",
        f"a=extmap:{MARK} urn:ietf:params:rtp-hdrext:sdes:mid",
        f"a=ssrc:{MARK} cname:x",
        f"a=ssrc-group:FID {MARK}",
        f"a=sctp-port:{MARK}",
        f"a=rtcp:{MARK} IN IP4 0.0.0.0",
        f"a=candidate:1 1 udp {MARK} {VICTIM} {MARK} typ host",
        f"a=fingerprint:{MARK} {MARK}",
        f"a=setup:{MARK}",
        f"a=group:{MARK} {MARK}",
        f"b=AS:{MARK}",
    )
    edits: list[Edit] = [_everywhere(line) for line in lines]
    edits.append(lambda answer: re.sub(r"(?m)^m=(\w+) \d+", rf"m=\1 {MARK}", answer))
    edits.append(lambda answer: re.sub(r"(?m)^(m=.*) \d+\r$", rf"\1 {MARK}\r", answer))
    edits.append(lambda answer: f"{MARK}\r\n{answer}")
    leaks, internal = 0, 0
    async with _innocent_call(source) as (target, _), target.watched() as harm:
        for edit in edits:
            mark = target.mark
            async with Phone.attached(target) as stranger:
                await stranger.answer(edit)
                internal += await stranger.told(within=0.5) == "internal"
                await stranger.hang_up()
            leaks += MARK in target.said_since(mark)
    faults = [*harm.faults(lines=LINES_OF_A_CALL * len(edits))]
    if leaks:
        faults.append(f"{leaks} of {len(edits)} answers are to be read in the journal")
    if internal:
        faults.append(f"{internal} of {len(edits)} end as `internal`")
    figures = {**harm.figures(), "answers": len(edits), "leaks": leaks, "`internal`": internal}
    return Result(figures, faults)


async def mutations(source: Source, chance: Random) -> Result:
    """A6: answers as no browser writes them."""
    return await mutated_answers(source, chance, 30)


async def mutated_answers(source: Source, chance: Random, count: int) -> Result:
    """Answer so often with something else, beside a call."""
    told: Counter[str] = Counter()
    answers = mutated(chance.randrange(1 << 32), count)
    async with _innocent_call(source) as (target, innocent):
        async with Phone.attached(target) as second:  # what two calls take is taken
            assert await second.call(), target.appliance.log()
            await second.hang_up()
        before, loop = await innocent.rate(2), asyncio.get_running_loop()
        frames, start, lags = len(innocent.frames), loop.time(), await target.metrics()
        async with target.watched() as harm:
            for number, sdp in enumerate(answers):
                address = f"127.0.{3 + number // 200}.{1 + number % 200}"
                async with Phone.attached(target, source=address) as stranger:
                    await stranger.offer()
                    await stranger.say("answer", sdp=sdp[:LONGEST])
                    told[await stranger.told(within=0.1)] += 1
                    await stranger.hang_up()
                if not target.alive:
                    break
            during = (len(innocent.frames) - frames) / (loop.time() - start)
        lags_after = await target.metrics() if target.alive else lags
    faults = [*harm.faults(lines=LINES_OF_A_CALL * count)]
    if during < KEPT * before:
        faults.append("the other call loses its pictures")
    if told["internal"]:
        faults.append(f"{told['internal']} of {count} end as `internal`")
    figures = {
        **harm.figures(),
        "answers": count,
        "told": ", ".join(f"{each} {what}" for what, each in told.most_common()),
        "the other call, pictures/s": f"{before:.1f}, {during:.1f}",
        "event loop lag p99": loop_lag(lags, lags_after),
        "event loop lag, worst": loop_lag(lags, lags_after, 1.0),
    }
    return Result(figures, faults)


@asynccontextmanager
async def _innocent_call(source: Source) -> AsyncIterator[tuple[Target, Phone]]:
    """A daemon in a call: its devices are open, and what they take is taken."""
    async with source.daemon() as target, Phone.attached(target, source=INNOCENT) as innocent:
        assert await innocent.call(), target.appliance.log()
        listening = asyncio.create_task(innocent.listen())
        try:
            yield target, innocent
        finally:
            listening.cancel()


async def _answer_with(target: Target, lines: list[str]) -> Harm:
    """Answer with these candidates, never send a packet, and hang up after a while."""
    added = "".join(f"a={line}\n" for line in lines)

    def edit(answer: str) -> str:
        without = re.sub(r"(?m)^a=(candidate:[^\r\n]*|end-of-candidates)\r\n", "", answer)
        return without.replace("a=mid:0\r\n", f"a=mid:0\r\n{added}", 1)

    async with target.watched() as harm, Phone.attached(target) as stranger:
        await stranger.answer(edit, silent=True)
        await asyncio.sleep(SECONDS)
        await stranger.hang_up()
    return harm


def _host(address: str, port: int) -> str:
    return f"candidate:{port} 1 udp 1 {address} {port} typ host"


def _names(datagrams: list[Datagram]) -> set[bytes]:
    """The questions of multicast DNS."""
    return {each.data[12:].partition(b"\0")[0] for each in datagrams if each.port == MULTICAST_DNS}


def _worst(*harms: Harm) -> Harm:
    return Harm(
        alive=all(each.alive for each in harms),
        lines=sum(each.lines for each in harms),
        octets=sum(each.octets for each in harms),
        tracebacks=sum(each.tracebacks for each in harms),
        growth=max(each.growth for each in harms),
        stall=max(each.stall for each in harms),
        work=max(each.work for each in harms),
    )
