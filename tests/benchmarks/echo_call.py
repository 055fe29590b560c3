"""What a caller hears of the own voice, in a call: echo.py with everything that is real.

    python -m tests.benchmarks.echo_call

Chromium and the daemon talk over the sinks of one sound server, and what the loudspeaker plays
comes back to the microphone through a room (support/rigs/audio/live.py). For each room: the echo
return loss enhancement in single talk, the seconds of speech until the echo is 20 dB lower and
stays so, how well the near voice is understood in double talk (STOI), before the canceller and by
the caller; and what the canceller tells of the echo's delay and drift. Each room has a new daemon.
"""

import asyncio

from tests.support.conversation import conversation
from tests.support.double_talk import double_talk
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.talk import convergence, echo_loss, intelligibility

ROOMS = {
    "0 ms": Room(delay=0.0),
    "40 ms": Room(),
    "120 ms": Room(delay=0.12),
    "200 ms": Room(delay=0.2),
    "+100 ppm": Room(drift=100),
    "-100 ppm": Room(drift=-100),
}


async def main() -> None:
    """Print the table."""
    print(f"{'room':12}{'ERLE':>6}{'s':>7}{'STOI before':>13}{'after':>7}  the canceller's figures")
    for name, room in ROOMS.items():
        async with conversation(room) as talk:
            if room.drift:
                assert talk.room.speed_up(room.drift, "Stream/Input") == 1
            talked, heard = await double_talk(talk)
            echo = (await talk.appliance.status())["audio"]["echo"]
        before, after = (intelligibility(talked, each) for each in (talked.captured, heard))
        print(
            f"{name:12}{echo_loss(talked, heard):6.0f}{convergence(talked, heard):7.2f}"
            f"{before:13.2f}{after:7.2f}  {echo}",
            flush=True,
        )


if __name__ == "__main__":
    asyncio.run(main())
