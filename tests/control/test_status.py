"""The state of the appliance on its way through the control socket, from one version to another."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from homecall_appliance.control.json_values import WrongTypeError
from homecall_appliance.control.status import (
    AudioStatus,
    AuthorityStatus,
    CallStatus,
    CameraStatus,
    CandidateTypesStatus,
    CertificateStatus,
    DisplayStatus,
    EchoStatus,
    FailedCallStatus,
    IceServerStatus,
    LinkStatus,
    ProcessStatus,
    ReceivedStatus,
    SentStatus,
    SessionCounts,
    Status,
)

IN_A_CALL = Status(
    version="1.2",
    uptime=12.5,
    link=LinkStatus("https://192.0.2.7/?session=n", "n"),
    sessions=SessionCounts(1, 2),
    queued_bytes=3,
    connections=4,
    calls=(
        CallStatus(
            7,
            "a",
            ("published", "offered"),
            SentStatus("h264", 1, 2, 3, 0.5, 0.25, 4, 5, 6),
            ReceivedStatus(1, (640, 480), 2, -30.0, 3, 4, 5, 6, 7, 8, 0.5, 0.25),
            CandidateTypesStatus(("host", "relay"), ("srflx",)),
            ringing=True,
        ),
        CallStatus(8, "b", ("published",)),
    ),
    failed_call=FailedCallStatus(
        "c", 1.5, "Name a relay.", CandidateTypesStatus(("host",), ("srflx",))
    ),
    ice_servers=(
        IceServerStatus("stun:a", "works", 0.5),
        IceServerStatus("turn:b", "silent", 0.5, "It does not answer."),
    ),
    events_lost=5,
    camera=CameraStatus("open", None, 1_500_000),
    audio=AudioStatus("closed", "Plug it in.", 1, 2, -3.5, EchoStatus("speex", 40.0, -7)),
    certificate=CertificateStatus(
        None, "It ends.", AuthorityStatus("HomeCall", "1A 2B", datetime(2031, 11, 1, tzinfo=UTC))
    ),
    display=DisplayStatus("the terminal", None),
    process=ProcessStatus(1, 2, 3, 4),
)

KEYS: dict[str, Any] = {
    "version": "1.2",
    "uptime": 12.5,
    "link": {"url": "https://192.0.2.7/?session=n", "sessionId": "n"},
    "sessions": {"waiting": 1, "active": 2},
    "queuedBytes": 3,
    "connections": 4,
    "calls": [
        {
            "number": 7,
            "sessionId": "a",
            "history": ["published", "offered"],
            "sent": {
                "videoCodec": "h264",
                "videoFrames": 1,
                "videoBytes": 2,
                "videoDropped": 3,
                "videoLoss": 0.5,
                "roundTrip": 0.25,
                "keyFramesWanted": 4,
                "audioFrames": 5,
                "audioBytes": 6,
            },
            "received": {
                "videoFrames": 1,
                "videoSize": [640, 480],
                "audioFrames": 2,
                "audioLevel": -30.0,
                "audioLate": 3,
                "audioRecovered": 4,
                "audioConcealed": 5,
                "audioComfort": 6,
                "audioStretched": 7,
                "audioLeftOut": 8,
                "audioDelay": 0.5,
                "audioWantedDelay": 0.25,
            },
            "candidateTypes": {"local": ["host", "relay"], "remote": ["srflx"]},
            "ringing": True,
        },
        {"number": 8, "sessionId": "b", "history": ["published"], "ringing": False},
    ],
    "failedCall": {
        "sessionId": "c",
        "age": 1.5,
        "problem": "Name a relay.",
        "candidateTypes": {"local": ["host"], "remote": ["srflx"]},
    },
    "iceServers": [
        {"url": "stun:a", "state": "works", "age": 0.5, "problem": None},
        {"url": "turn:b", "state": "silent", "age": 0.5, "problem": "It does not answer."},
    ],
    "eventsLost": 5,
    "camera": {"state": "open", "problem": None, "bitrate": 1_500_000, "off": False},
    "audio": {
        "state": "closed",
        "problem": "Plug it in.",
        "xruns": 1,
        "concealedBlocks": 2,
        "driftPpm": -3.5,
        "echo": {"name": "speex", "delay": 40.0, "drift": -7},
        "muted": False,
    },
    "certificate": {
        "problem": None,
        "notice": "It ends.",
        "authority": {
            "name": "HomeCall",
            "fingerprint": "1A 2B",
            "end": "2031-11-01T00:00:00+00:00",
        },
    },
    "display": {"where": "the terminal", "problem": None},
    "process": {"tasks": 1, "threads": 2, "fileDescriptors": 3, "rssBytes": 4},
}
"""What owners' scripts read: more may be added, and what is here stays."""


def test_the_keys_are_an_interface() -> None:
    assert IN_A_CALL.to_json() == KEYS


def test_what_is_written_is_read() -> None:
    assert Status.from_json(json.loads(json.dumps(IN_A_CALL.to_json()))) == IN_A_CALL
    assert Status.from_json(json.loads(json.dumps(Status().to_json()))) == Status()


def test_an_older_version_tells_less() -> None:
    assert Status.from_json({}) == Status()
    assert Status.from_json(
        {"calls": [{}], "camera": {"state": "open"}, "display": None}
    ) == Status(calls=(CallStatus(),), camera=CameraStatus("open"))


def test_a_newer_version_tells_more() -> None:
    call = {"number": 1, "mood": "good", "sent": {"audioFrames": 2, "smells": 3}}
    assert Status.from_json({"moon": "full", "calls": [call]}) == Status(
        calls=(CallStatus(1, sent=SentStatus(audio_frames=2)),)
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"version": 1}, "version is not a text."),
        ({"uptime": "long"}, "uptime is not a number."),
        ({"connections": 1.5}, "connections is not a whole number."),
        ({"connections": True}, "connections is not a whole number."),
        ({"camera": []}, "camera is not an object."),
        ({"calls": {}}, "calls is not a list."),
        ({"calls": [{}, 1]}, "calls[1] is not an object."),
        ({"calls": [{"history": [None]}]}, "calls[0].history[0] is not a text."),
        ({"calls": [{"sent": {"videoFrames": "1"}}]}, "calls[0].sent.videoFrames is not a whole"),
        ({"calls": [{"received": {"videoSize": [1]}}]}, "videoSize is not a list of 2 values."),
        ({"certificate": {"authority": {"end": "soon"}}}, "authority.end is not a moment"),
    ],
)
def test_another_type_is_an_error_that_names_its_place(
    values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(WrongTypeError) as caught:
        Status.from_json(values)
    assert sentence in str(caught.value)


def test_a_command_that_asks_starts_at_once() -> None:
    program = """
import sys
from homecall_appliance.control import client, status_text
print(*sorted({"aiohttp", "aiortc", "av", "numpy", "pydantic", "asyncio"} & set(sys.modules)))
"""
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "\n"
