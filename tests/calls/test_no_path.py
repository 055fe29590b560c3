"""What the owner is told to do about a call that did not come about."""

from homecall_appliance.calls.no_path import advice
from homecall_appliance.media.webrtc.server_memory import ServerRecord, ServerState

STUN = ServerRecord("stun:a", ServerState.WORKS, "", 0.0)
WORKING = ServerRecord("turn:a", ServerState.WORKS, "", 0.0)
REFUSING = ServerRecord("turn:b", ServerState.REFUSES, "it refuses (401)", 0.0, "Correct it.")
SILENT = ServerRecord("turns:c", ServerState.SILENT, "it does not answer", 0.0, "Start it.")


def test_without_a_relay_one_is_to_be_named() -> None:
    for servers in ([], [STUN]):
        assert "name a TURN server in the configuration ([[ice.turn]])" in advice(servers)


def test_relays_that_give_no_address_are_told_with_what_to_do() -> None:
    assert advice([STUN, REFUSING, SILENT]) == (
        "turn:b gives no address: it refuses (401). Correct it. "
        "turns:c gives no address: it does not answer. Start it."
    )


def test_credentials_that_were_taken_back_come_first() -> None:
    """What the relay did before is still remembered."""
    refused = ServerRecord(
        "https://a", ServerState.REFUSES, "it refuses the token", 0.0, "Correct it.", "No key"
    )
    assert advice([WORKING, refused]) == "No key: it refuses the token. Correct it."


def test_a_relay_that_works_may_be_closed_to_the_phone() -> None:
    said = advice([REFUSING, WORKING])
    assert said.startswith("A relay gives the appliance an address")
    assert "ports are open to everybody" in said
