"""What a peer is told about servers, and what aiortc gets where it has to ask them itself."""

import pytest

from homecall_appliance.media.webrtc.ice_options import IceOptions
from tests.support.ice_servers import Server, options

RELAY = Server(["turn:a.example"], "visitor", "secret")


@pytest.mark.parametrize(
    ("ice", "trickles"),
    [
        (IceOptions(), False),
        (options(RELAY), True),
        (IceOptions(expected=True), True),
        (IceOptions(public_address="203.0.113.7"), True),
        (IceOptions(public_address="203.0.113.7", relay_only=True), False),
    ],
)
def test_candidates_follow_where_there_may_be_any(ice: IceOptions, trickles: bool) -> None:
    assert ice.trickles is trickles
