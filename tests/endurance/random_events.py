"""Events by chance in a call, such as people's phones, cameras, sound and networks meet.

    python -m tests.endurance.random_events --corner network --minutes 20 --seed 1

Prints what each event cost, then a table: how often, and the median and the longest loss of picture
and sound. Exits with 1 where a call ended without a sentence, or something was not there again that
should have been. All corners but "phone" and "sound" need root.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from random import Random

from tests.endurance.camera_corner import camera_corner
from tests.endurance.chance import Trial
from tests.endurance.corner import Opening
from tests.endurance.network_corner import network_corner
from tests.endurance.outcomes import Record
from tests.endurance.phone_corner import phone_corner
from tests.endurance.sound_corner import sound_corner
from tests.endurance.webcam_corner import webcam_corner

CORNERS: Mapping[str, Opening] = {
    "phone": phone_corner,
    "camera": camera_corner,
    "webcam": webcam_corner,
    "sound": sound_corner,
    "network": network_corner,
}
"""As the sections of docs/field-log.md; of cameras there are two rigs."""


async def try_out(name: str, seconds: float, seed: int) -> Record:
    """Let things happen in a corner for so long; returns what came of them."""
    async with CORNERS[name]() as corner:
        trial = Trial(corner, Random(seed))
        await trial.run(seconds)
        return trial.record


def main() -> None:
    """Let things happen, and print what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--corner", choices=CORNERS, required=True, help="where they happen")
    parser.add_argument("--minutes", type=float, default=20, help="for how long")
    parser.add_argument("--seed", type=int, default=1, help="of chance")
    options = parser.parse_args()
    record = asyncio.run(try_out(options.corner, 60 * options.minutes, options.seed))
    print("", *record.table(), sep="\n")
    print(*[f"! {fault}" for fault in record.faults] or ["All of it came back."], sep="\n")
    sys.exit(bool(record.faults))


if __name__ == "__main__":
    main()
