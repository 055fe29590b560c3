"""Every row of what strangers can try, against a daemon of a working tree: a table.

    python -m tests.security.recipes [ROW...] [--source DIR] [--python FILE]

Needs root: it runs in a network namespace of its own. `--source` is the working tree whose daemon
is attacked, so that two states of the project can be compared, and `--python` the interpreter that
runs it, which brings the libraries (its own .venv's by default). Exits with 1 where something was
not held.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from aiohttp import ClientError

from tests.security import by_answer, by_datagram, by_key, by_media, by_request, by_session
from tests.security.network import isolate
from tests.security.result import Result, Row
from tests.security.target import HERE, Source

LONGEST = 90.0
"""Seconds of a recipe."""

ROWS = {
    row.name: row
    for row in (
        Row("D1", "empty datagrams", by_datagram.empty),
        Row("D2", "malformed STUN", by_datagram.malformed_stun),
        Row("D3", "STUN without MESSAGE-INTEGRITY", by_datagram.unauthenticated_stun),
        Row("D4", "64 kB datagrams before an answer", by_datagram.huge),
        Row("D5", "all kinds in a call", by_datagram.mixture),
        Row("D6", "all kinds in the phone's own name", by_datagram.forged),
        Row("A1", "extmap:300", by_answer.extension),
        Row("A2", "rejected sections", by_answer.sections),
        Row("A3", "rtcp-fb times rtpmap", by_answer.feedback),
        Row("A4", "candidates inside the answer", by_answer.candidates),
        Row("A5", "bad numbers", by_answer.numbers),
        Row("A6", "mutated answers", by_answer.mutations),
        Row("M1", "matrix_coefficients", by_media.matrices),
        Row("M2", "4:4:4, 10 bit, 16 references", by_media.monsters),
        Row("M4", "packets of sound that are none", by_media.odd_sound),
        Row("S1", "the place of a visitor that stumbles", by_session.stolen_place),
        Row("S2", "calls that nobody answers", by_session.never_answered),
        Row("S3", "sessions without a socket", by_session.all_sessions),
        Row("S4", "idle connections", by_request.idle_connections),
        Row("S5", "a relay's credentials", by_session.credentials),
        Row("S6", "pipelined requests", by_request.pipelined),
        Row("S7", "compressed bodies and uploads", by_request.bodies),
        Row("S8", "a frame of bad UTF-8 over the rate", by_request.bad_text),
        Row("S10", "rings", by_session.rings),
        Row("K1", "what the authority can sign", by_key.misused_authority),
        Row("K2", "the authority's fingerprint", by_key.fingerprint),
    )
}

NOT_FROM_OUTSIDE = {
    "M3": "a fault of FFmpeg's is not known: tests of the decoder's process hold what it could do",
    "S9": "it is the page's: a link is taken by a person, not by a preview",
    "I2": "nothing that a stranger sends makes every handler hang: a test of the health holds it",
}
"""Rows without a recipe, and why."""


def main() -> None:
    """Run the recipes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all of them")
    parser.add_argument("--source", type=Path, default=HERE, help="the working tree")
    parser.add_argument("--python", default="", help="what runs its daemon")
    parser.add_argument("--seed", type=int, default=1, help="of chance")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"There is no row {', '.join(sorted(unknown))}.")
    isolate()
    source = Source(options.source.resolve(), options.python)
    wrong = False
    for name in options.rows or ROWS:
        result = asyncio.run(_run(ROWS[name], source, options.seed))
        lines = [_json(name, result)] if options.json else _table(ROWS[name], result)
        print(*lines, sep="\n", flush=True)
        wrong |= result.verdict == "FAULT"
    if not (options.rows or options.json):
        print(*(f"{name:4}no recipe: {why}" for name, why in NOT_FROM_OUTSIDE.items()), sep="\n")
    sys.exit(wrong)


async def _run(row: Row, source: Source, seed: int) -> Result:
    try:
        async with asyncio.timeout(LONGEST):
            return await row.recipe(source, Random(seed))
    except (AssertionError, ClientError, OSError) as error:
        return Result({}, not_shown=f"{type(error).__name__}: {str(error)[-2000:]}")


def _json(name: str, result: Result) -> str:
    figures = {key: str(value) for key, value in result.figures.items()}
    return json.dumps(
        {
            "row": name,
            "verdict": result.verdict,
            "why": result.not_shown,
            "faults": [*result.faults],
            "figures": figures,
        }
    )


def _table(row: Row, result: Result) -> Iterator[str]:
    yield f"{row.name:4}{row.title:44}{result.verdict}"
    for name, figure in result.figures.items():
        yield f"      {name:42}{figure}"
    for fault in result.faults:
        yield f"      ! {fault}"
    if result.not_shown:
        yield f"      ? {result.not_shown}"


if __name__ == "__main__":
    main()
