"""Mutated answers, one after the other, beside an innocent call.

    python -m tests.security.siege_of_answers --answers 2000

Needs root: it runs in a network namespace of its own. Exits with 1 where the daemon or the other
call suffered.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from random import Random

from tests.security.by_answer import mutated_answers
from tests.security.network import isolate
from tests.security.target import HERE, Source


def main() -> None:
    """Answer, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--answers", type=int, default=2000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of chance")
    parser.add_argument("--source", type=Path, default=HERE, help="the working tree")
    parser.add_argument("--python", default="", help="what runs its daemon")
    options = parser.parse_args()
    isolate()
    source = Source(options.source.resolve(), options.python)
    result = asyncio.run(mutated_answers(source, Random(options.seed), options.answers))
    for name, figure in result.figures.items():
        print(f"{name:32}{figure}")
    print(*[f"! {fault}" for fault in result.faults] or ["It was held."], sep="\n")
    sys.exit(bool(result.faults))


if __name__ == "__main__":
    main()
