"""An offer and its candidates, as they are sent."""

from homecall_appliance.calls.description import Description
from homecall_appliance.media.webrtc.trickle import TrickledCandidate
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
