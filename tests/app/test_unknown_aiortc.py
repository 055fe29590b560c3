"""The daemon with an aiortc that is not known."""

import sys

from tests.support.appliance import Appliance

PROGRAM = """
from aiortc import RTCRtpSender
del RTCRtpSender._retransmit, RTCRtpSender._handle_rtcp_packet
from homecall_appliance.cli import main
main()
"""


async def test_it_starts_and_says_in_one_warning_what_is_worse() -> None:
    async with Appliance.running(command=(sys.executable, "-c", PROGRAM)) as appliance:
        await appliance.link()
        [said] = [line for line in appliance.log().splitlines() if "not known here" in line]
    assert said.endswith(
        "works in a way that is not known here: how it sends frames and passes on what the phones "
        "report. Install a version from 1.11 to 1.16. Until then calls cost more and the picture "
        "does not follow what the network bears."
    )
