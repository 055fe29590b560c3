"""What the appliance tells a phone of one peer: its offer, and the candidates that follow. PURE."""

from collections.abc import Callable

from homecall_appliance.media.webrtc.trickle import TrickledCandidate
from homecall_appliance.signaling.messages import Candidate, IceCandidate, Offer


class Description:
    """An offer that can be sent again, with all of its candidates found so far behind it."""

    def __init__(
        self, session_id: str, sdp: str, tell: Callable[[Offer | Candidate], None]
    ) -> None:
        """`tell` sends a message."""
        self._session_id = session_id
        self._tell = tell
        self._messages: list[Offer | Candidate] = [Offer(session_id, sdp)]

    def send(self) -> None:
        """Send the offer. Whoever gets it again has lost what came after it, too."""
        for message in self._messages:
            self._tell(message)

    def trickle(self, found: TrickledCandidate | None) -> None:
        """Send a candidate; None is the end of candidates (protocol.md, section 3)."""
        candidate = None
        if found:
            candidate = IceCandidate(
                found.candidate, found.sdp_mid, found.sdp_m_line_index, found.username_fragment
            )
        message = Candidate(self._session_id, candidate)
        self._messages.append(message)
        self._tell(message)
