"""An offer and its candidates, as they are sent."""

import pytest

from homecall_appliance.calls.description import Description
from homecall_appliance.media.webrtc.trickle import TrickledCandidate, offered
from homecall_appliance.signaling.messages import Candidate, IceCandidate, Offer

SESSION = "7d0a5b5e-0000-4000-8000-000000000000"
LINE = "candidate:1 1 udp 1 192.0.2.1 4242 typ relay"
TOLD = Candidate(SESSION, IceCandidate(LINE, "0", 0, "ufrag"))
END = Candidate(SESSION, None)
OFFER = Offer(SESSION, "v=0")


def test_an_offer_that_is_sent_again_is_followed_by_all_its_candidates() -> None:
    sent: list[Offer | Candidate] = []
    description = Description(SESSION, "v=0", sent.append)
    description.send()
    description.trickle(TrickledCandidate(LINE, "0", 0, "ufrag"))
    description.send()
    description.trickle(None)
    assert sent == [OFFER, TOLD, OFFER, TOLD, END]


SDP = (
    "v=0\r\na=candidate:none 1 udp 1 0.0.0.0 9 typ host\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ "
    "host\r\na=end-of-candidates\r\na=ice-pwd:x\r\n"
)


@pytest.mark.parametrize(
    ("trickles", "expected"),
    [
        (
            False,
            "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\na=end-of-candidates\r\n"
            "a=ice-pwd:x\r\n",
        ),
        (
            True,
            "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\na=ice-pwd:x\r\n"
            "a=ice-options:trickle\r\n",
        ),
    ],
)
def test_an_offer_tells_whether_candidates_follow(trickles: bool, expected: str) -> None:
    assert offered(SDP, trickles=trickles) == expected
