"""One peer connection, with the real aiortc."""

import socket
from collections import Counter

from call_world import TEST_PATTERN

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.datagrams import Drop
from homecall_appliance.media.peer import Peer
from homecall_appliance.media.sound import SharedAudio
from homecall_appliance.media.video.camera import SharedCamera
from media.connection import until


async def test_nothing_of_a_stranger_waits_for_the_answer() -> None:
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    dropped: Counter[Drop] = Counter()
    count = dropped.update
    async with Peer(camera, audio, [], lambda _: None, on_drop=lambda why: count([why])) as peer:
        sdp = await peer.offer()
        lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate")]
        ports = {(line[4], int(line[5])) for line in lines}
        for address, port in ports:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as stranger:
                for _ in range(3):
                    stranger.sendto(b"\x80" * 1200, (address, port))
                    stranger.sendto(b"", (address, port))
        await until(lambda: dropped.total() == 6 * len(ports))
        transports = [
            each.receiver.transport.transport for each in peer._connection.getTransceivers()
        ]
        assert [each._connection._queue.qsize() for each in transports] == [0, 0]
    assert dropped == {Drop.SOURCE: 3 * len(ports), Drop.SIZE: 3 * len(ports)}
