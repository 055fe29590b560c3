"""Reads mutated answers, and tells what the worst of them cost: `python -m tests.security.answers`.

Each goes through the reader alone. Prints the count, crashes, the longest time of one answer, and
the most memory that one took. Exits with 1 where one crashed, took more than 20 ms of processor
time, or 2 MB.
"""

import argparse
import gc
import sys
import time
import tracemalloc
from collections.abc import Iterable
from dataclasses import dataclass, field

from homecall_appliance.media.webrtc.answer import UnusableAnswer, read_answer
from homecall_appliance.media.webrtc.candidates import parse
from tests.security.mutated import mutated
from tests.support.offered import OFFER, negotiated_faults

MOST_MILLISECONDS, MOST_MEGABYTES = 20.0, 2.0


@dataclass
class Tally:
    """What came of answers."""

    count: int = 0
    unusable: int = 0
    crashes: list[str] = field(default_factory=list)
    milliseconds: float = 0.0
    megabytes: float = 0.0

    @property
    def fine(self) -> bool:
        """Whether all kept within the bounds."""
        cheap = self.milliseconds <= MOST_MILLISECONDS and self.megabytes <= MOST_MEGABYTES
        return cheap and not self.crashes

    def __str__(self) -> str:
        return (
            f"{self.count} answers, {self.unusable} of them unusable, {len(self.crashes)} crashes; "
            f"the worst took {self.milliseconds:.2f} ms and {self.megabytes:.3f} MB"
        )


def read_all(answers: Iterable[str]) -> Tally:
    """Read answers one after the other. Memory is measured in a second reading of each."""
    tally = Tally()
    for text in answers:
        tally.count += 1
        gc.disable()  # its passes are through all that was ever imported
        began = time.process_time()
        usable = _read(text, tally)
        tally.milliseconds = max(tally.milliseconds, (time.process_time() - began) * 1e3)
        gc.enable()
        tally.unusable += not usable
        tracemalloc.start()
        _read(text, Tally())
        tally.megabytes = max(tally.megabytes, tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
        if usable:
            _check(text, tally)
    return tally


def _read(text: str, tally: Tally) -> bool:
    try:
        for each in read_answer(OFFER, text).candidates:
            parse(each.candidate)
    except UnusableAnswer:
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        tally.crashes.append(f"{error!r} of {text!r}")
        return False
    return True


def _check(text: str, tally: Tally) -> None:
    """See that what was read is in order."""
    faults = negotiated_faults(read_answer(OFFER, text))
    tally.crashes += [f"{fault} in {text!r}" for fault in faults]


def main() -> int:
    """Read as many as the command line says."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--seed", type=int, default=16)
    chosen = options.parse_args()
    tally = read_all(mutated(chosen.seed, chosen.count))
    print(tally)
    for crash in tally.crashes[:10]:
        print(crash[:2000])
    return 0 if tally.fine else 1


if __name__ == "__main__":
    sys.exit(main())
