"""What `systemctl status` says in a line."""

from homecall_appliance.app.overview import in_words


def test_the_calls_in_words_and_what_is_wrong() -> None:
    assert in_words(0, []) == "Ready for a call."
    assert in_words(1, []) == "A call is in progress."
    assert in_words(1, [], rings=True) == "A visitor waits for an answer."
    assert in_words(2, ["No camera.", "No sound."]) == (
        "2 calls are in progress. No camera. No sound."
    )
