"""What Lighthouse says about the page as the appliance serves it, with its settings for mobile.

    python -m tests.benchmarks.lighthouse [--rounds N]

For the home page, and for a link that leads into a call: the median of each score and of each time
of the performance, with the least and the most. Needs `make build/lighthouse/.installed`.
"""

import argparse
import asyncio
from collections.abc import Sequence
from statistics import median

from tests.support.appliance import Appliance
from tests.support.browsers.lighthouse import Verdict, judge
from tests.support.scenario import idle, until


async def measure(rounds: int) -> dict[str, list[Verdict]]:
    """Return the verdicts on each page; the pages take turns."""
    verdicts: dict[str, list[Verdict]] = {"home": [], "call": []}
    async with Appliance.running() as appliance:
        for _ in range(rounds):
            home = f"https://{appliance.host}:{appliance.https_port}/"
            verdicts["home"].append(await judge(home, appliance.ca))
            verdicts["call"].append(await judge(await appliance.link(), appliance.ca))
            await until(appliance, idle, within=60)
    return verdicts


def table(page: str, verdicts: Sequence[Verdict]) -> str:
    """Return the figures of a page."""
    figures = [{**verdict.scores, **verdict.timings} for verdict in verdicts]
    lines = [f"{page:18}{'median':>10}{'least':>10}{'most':>10}"]
    for name in figures[0]:
        each = [figure[name] for figure in figures]
        lines.append(f"{name:18}" + "".join(f"{f(each):10.4g}" for f in (median, min, max)))
    faults = {fault for verdict in verdicts for fault in verdict.faults.items()}
    return "\n".join([*lines, *(f"fault: {title} ({name})" for name, title in sorted(faults))])


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="runs of each page (default: 5)")
    for page, verdicts in asyncio.run(measure(parser.parse_args().rounds)).items():
        print(table(page, verdicts), end="\n\n")


if __name__ == "__main__":
    main()
