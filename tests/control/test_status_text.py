"""The answer to `status` in words."""

from typing import Any

import pytest

from homecall_appliance.control.status import Status
from homecall_appliance.control.status_text import duration, in_words

IDLE = {
    "version": "1.2",
    "uptime": 11_520.4,
    "link": {"url": "https://192.0.2.7/?session=s", "sessionId": "s"},
    "sessions": {"waiting": 1, "active": 0},
    "calls": [],
    "camera": {"state": "closed", "problem": None},
    "audio": {"state": "closed", "problem": None},
    "process": {"rssBytes": 90 * 1_048_576},
}
CALL = {
    "sessionId": "a",
    "history": ["published", "offered", "answered", "connected"],
    "sent": {"videoFrames": 900, "audioFrames": 1500},
    "received": {"videoFrames": 880, "videoSize": [640, 480], "audioFrames": 1490},
    "candidateTypes": {"local": ["host", "relay"], "remote": ["srflx"]},
}


def words(**changes: Any) -> list[str]:
    return list(in_words(Status.from_json({**IDLE, **changes}), 2))


def test_an_idle_appliance() -> None:
    assert words() == [
        "HomeCall Appliance 1.2 is running, for 3 hours 12 minutes now.",
        "Link:    https://192.0.2.7/?session=s",
        "Calls:   None now.",
        "Camera:  Not in use; a call opens it.",
        "Sound:   Not in use; a call opens it.",
        "Memory:  90 MiB.",
    ]


def test_events_that_were_lost() -> None:
    assert words(eventsLost=0) == words()
    assert words(eventsLost=3)[5] == "Events:  3 could not be delivered; the journal says why."


def test_a_certificate_that_cannot_be_kept() -> None:
    lines = words(certificate={"problem": "The certificates cannot be kept."})
    assert lines[5] == "Keys:    The certificates cannot be kept."
    assert lines[-1].endswith("homecall-appliance doctor")


def test_the_authority_and_what_is_to_be_known_of_it() -> None:
    authority = {"name": "HomeCall Appliance 1a2b3c4d", "fingerprint": "1A 2B", "end": "2031-11-01"}
    lines = words(certificate={"problem": None, "notice": None, "authority": authority})
    assert lines[5:7] == [
        "Keys:    HomeCall Appliance 1a2b3c4d, fingerprint 1A 2B.",
        "Memory:  90 MiB.",
    ]
    lines = words(certificate={"problem": "Lost.", "notice": "New.", "authority": authority})
    assert lines[6:8] == ["         Lost.", "         New."]
    lines = words(certificate={"problem": None, "notice": None, "authority": None})
    assert lines[5] == "Memory:  90 MiB."


def test_who_waits_and_what_was_switched() -> None:
    opened = {"state": "open", "problem": None}
    waiting = {"sessionId": "a", "history": ["published", "connected"], "ringing": True}
    lines = words(
        calls=[waiting, {"sessionId": "b", "history": ["connected", "accepted"]}],
        camera={**opened, "off": True},
        audio={**opened, "muted": True},
    )
    assert lines[3:9] == [
        "         a waits to be let in.",
        "         b is in progress.",
        "Camera:  In use by a call.",
        "         It is off for the call.",
        "Sound:   In use by a call.",
        "         The microphone is muted.",
    ]


def test_calls() -> None:
    opened = {"state": "open", "problem": None}
    lines = words(
        calls=[CALL, {"sessionId": "b", "history": ["published", "offered"]}],
        link={"url": "https://192.0.2.7/?session=", "sessionId": ""},
        sessions={"waiting": 0, "active": 3},
        camera=opened,
        audio=opened,
    )
    assert lines[1:8] == [
        "Link:    None until a call ends.",
        "Calls:   2 of at most 2.",
        "         a is in progress; sent 900 pictures and 1500 sounds; "
        "received 880 pictures of 640x480 and 1490 sounds; "
        "by candidates of the types host or relay here and srflx at the phone.",
        "         b is being connected.",
        "         And 1 between phones.",
        "Camera:  In use by a call.",
        "Sound:   In use by a call.",
    ]


def test_what_the_servers_did() -> None:
    lines = words(iceServers=[{"url": "stun:a", "state": "works", "age": 61.0}])
    assert lines[3] == "Servers: 1 minute ago: stun:a gives an address."
    assert not lines[-1].endswith("reach")
    problem = "turn:b gives no address: it does not answer. See that it runs."
    lines = words(
        iceServers=[
            {"url": "stun:a", "state": "works", "age": 3.0},
            {"url": "turn:b", "state": "silent", "age": 3.0, "problem": problem},
        ]
    )
    assert lines[3:5] == [
        "Servers: 3 seconds ago: stun:a gives an address.",
        f"         3 seconds ago: {problem}",
    ]
    assert lines[-1].endswith("homecall-appliance reach")


def test_a_call_that_did_not_come_about() -> None:
    failed = {
        "age": 130.0,
        "problem": "Name a relay.",
        "candidateTypes": {"local": ["host"], "remote": ["host", "srflx"]},
    }
    lines = words(failedCall=failed)
    assert lines[2:4] == [
        "Calls:   None now.",
        "         The last one that did not come about, 2 minutes ago, by candidates of the types "
        "host here and host or srflx at the phone: Name a relay.",
    ]
    assert lines[-1].endswith("homecall-appliance reach")
    server = {"url": "turn:b", "state": "silent", "age": 3.0, "problem": "turn:b is silent."}
    lines = words(failedCall={**failed, "problem": "turn:b is silent."}, iceServers=[server])
    assert lines[3].endswith(" at the phone: look at the servers below.")
    assert lines[4] == "Servers: 3 seconds ago: turn:b is silent."


def test_problems() -> None:
    lines = words(
        camera={"state": "closed", "problem": "No camera. Plug one in."},
        display={"where": "the terminal /dev/tty1"},
    )
    assert lines[3:6] == [
        "Camera:  No camera. Plug one in.",
        "Sound:   Not in use; a call opens it.",
        "Screen:  The code is shown on the terminal /dev/tty1.",
    ]
    assert lines[-1].endswith("homecall-appliance doctor")


def test_why_there_is_no_screen() -> None:
    lines = words(display={"where": "", "problem": "The screen /dev/fb0 was unplugged."})
    assert "Screen:  The screen /dev/fb0 was unplugged." in lines
    assert lines[-1].endswith("homecall-appliance doctor")


def test_a_caller_who_sends_no_picture_yet() -> None:
    received = {"videoFrames": 0, "videoSize": [0, 0], "audioFrames": 3}
    lines = words(calls=[{**CALL, "received": received}])
    assert "; received 0 pictures and 3 sounds; " in lines[3]


def test_another_version_of_the_appliance() -> None:
    assert list(in_words(Status(), 2)) == [
        "HomeCall Appliance  is running.",
        "Link:    None yet.",
        "Calls:   None now.",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (7_260, "2 hours 1 minute"),
        (90_000, "1 day 1 hour"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
