"""What is said of a server that gives no address."""

import pytest

from homecall_appliance.media.webrtc import server_faults
from homecall_appliance.media.webrtc.server_faults import ServerFault, refusal
from homecall_appliance.media.webrtc.server_memory import ServerRecord, ServerState

CODES = [400, 401, 403, 437, 441, 442, 486, 500, 508, None]


@pytest.mark.parametrize(
    "fault",
    [
        *[each for each in vars(server_faults).values() if isinstance(each, ServerFault)],
        *map(refusal, CODES),
    ],
    ids=lambda fault: fault.reason,
)
def test_each_fault_says_what_to_do(fault: ServerFault) -> None:
    assert fault.state is not ServerState.WORKS
    assert fault.reason[0].islower()
    assert not fault.reason.endswith(".")
    assert fault.advice[0].isupper()
    assert fault.advice.endswith((".", "timedatectl", "ip route"))


@pytest.mark.parametrize("code", [401, 441])
def test_refused_credentials_are_a_matter_of_secret_and_clock(code: int) -> None:
    fault = refusal(code)
    assert fault.reason == f"it refuses the credentials ({code})"
    assert "Correct its secret" in fault.advice
    assert "timedatectl" in fault.advice


def test_an_answer_without_what_was_asked_for_is_no_error_of_the_servers() -> None:
    """As of a STUN server of RFC 3489, which knows no XOR-MAPPED-ADDRESS."""
    assert refusal(None).reason == "its answer cannot be read"


def test_an_unknown_error_is_told_by_its_code() -> None:
    assert refusal(499).reason == "it answers with the error 499"


def test_a_record_is_told_in_a_sentence() -> None:
    works = ServerRecord("turn:a", ServerState.WORKS, "", 0.0)
    assert works.sentence == "turn:a gives an address."
    silent = ServerRecord("turn:a", ServerState.SILENT, "it does not answer", 0.0, "Start it.")
    assert silent.sentence == "turn:a gives no address: it does not answer. Start it."
