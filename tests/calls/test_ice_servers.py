"""The STUN and TURN servers of a participant, and what its credentials are worth."""

import base64
import hashlib
import hmac

from homecall_appliance.calls.ice_servers import CREDENTIAL_LIFETIME, ice_servers, stun_servers
from homecall_appliance.config.model import Call, Ice, TurnServer

ICE = Ice(
    stun=("stun:stun.example",),
    turn=(
        TurnServer(urls=("turn:a.example",), secret="hush"),  # noqa: S106
        TurnServer(urls=("turn:b.example",), username="me", credential="fixed"),
    ),
)


def test_anybody_may_use_stun_and_nothing_else() -> None:
    assert [server.to_json() for server in stun_servers(ICE)] == [{"urls": ["stun:stun.example"]}]
    assert stun_servers(Ice()) == []


def test_a_participant_gets_relays_with_credentials() -> None:
    servers = [server.to_json() for server in ice_servers(ICE, 1_000_000.5, "chance")]
    username = f"{1_000_000 + CREDENTIAL_LIFETIME}:chance"
    digest = hmac.digest(b"hush", username.encode(), hashlib.sha1)
    assert servers == [
        {"urls": ["stun:stun.example"]},
        {
            "urls": ["turn:a.example"],
            "username": username,
            "credential": base64.b64encode(digest).decode(),
        },
        {"urls": ["turn:b.example"], "username": "me", "credential": "fixed"},
    ]


def test_credentials_are_good_for_the_longest_call_and_the_time_before() -> None:
    assert 2 * Call().max_duration == CREDENTIAL_LIFETIME
