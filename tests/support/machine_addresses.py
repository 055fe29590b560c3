"""Which addresses this machine seems to have."""

from collections.abc import Sequence
from ipaddress import ip_interface

import pytest

from homecall_appliance.media.webrtc import continual_gathering
from homecall_appliance.media.webrtc.ice_connection import IceConnection


def let_machine_have(monkeypatch: pytest.MonkeyPatch, addresses: Sequence[str]) -> None:
    """Let these be all those by which the media of a call may go on."""
    monkeypatch.setattr(IceConnection, "addresses", lambda _: addresses)
    monkeypatch.setattr(
        continual_gathering, "own_addresses", lambda: [ip_interface(each) for each in addresses]
    )
