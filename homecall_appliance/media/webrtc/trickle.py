"""Candidates of this side that follow its offer (RFC 8838, RFC 8840). PURE."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

NO_CANDIDATE = "none"
"""The foundation of a candidate that stands for none: see `IceConnection`."""


@dataclass(frozen=True)
class TrickledCandidate:
    """A candidate as the phone is told it (W3C WebRTC 1.0, RTCIceCandidateInit)."""

    candidate: str
    sdp_mid: str
    sdp_m_line_index: int
    username_fragment: str


Tell: TypeAlias = Callable[[TrickledCandidate | None], None]
"""Tells the phone a candidate; None: there are no more."""
