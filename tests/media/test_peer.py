"""One peer connection, with the real aiortc."""

import asyncio
import socket

from call_world import TEST_PATTERN

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.peer import MAX_PACKETS, Peer
from homecall_appliance.media.sound import SharedAudio
from homecall_appliance.media.video.camera import SharedCamera


async def test_of_what_strangers_send_before_the_answer_the_newest_is_kept() -> None:
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    async with Peer(camera, audio, [], lambda state: None) as peer:
        sdp = await peer.offer()
        address, port = next(
            line.split()[4:6] for line in sdp.splitlines() if line.startswith("a=candidate")
        )
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as stranger:
            for number in range(3 * MAX_PACKETS):
                stranger.sendto(b"\x80" * 1200, (address, int(port)))
                if number % 16 == 0:
                    await asyncio.sleep(0.001)
        transports = [
            each.receiver.transport.transport for each in peer._connection.getTransceivers()
        ]
        assert [each._connection._queue.qsize() for each in transports] == [MAX_PACKETS, 0]
