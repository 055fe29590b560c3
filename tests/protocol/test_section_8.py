"""protocol.md, section 8: the web client. Its tests are in tests/web; here is which holds what."""

import pytest

from tests.protocol.node_tests import node_test_names

HELD_BY = [
    pytest.param(
        "Connect makes a link, offers, and the call lives, is interrupted, lives, ends",
        marks=pytest.mark.protocol(
            8,
            'makes the `sessionId` when the person presses «Связать»/"Connect"',
            "`Net.startSignal(sessionId)` opens the socket",
            "and shows the `end` state",
        ),
    ),
    pytest.param(
        "links and the signaling address are those of protocol.md, always wss",
        marks=pytest.mark.protocol(8, "turns it into `https://<host>/?session=<uuid>`"),
    ),
    pytest.param(
        "no share sheet, no button for it; with one it gets the link",
        marks=pytest.mark.protocol(8, "(share sheet, clipboard, and a QR code on the page)"),
    ),
    pytest.param(
        "copying says so, and where it is forbidden what to do instead",
        marks=pytest.mark.protocol(8, "(share sheet, clipboard, and a QR code on the page)"),
    ),
    pytest.param(
        "the link stands in #share-link and in a QR code without inline style",
        marks=pytest.mark.protocol(8, "(share sheet, clipboard, and a QR code on the page)"),
    ),
    pytest.param(
        "whoever makes a link holds a place before it can be opened, and offers later",
        marks=pytest.mark.protocol(8, "opens the socket, before the browser asks for the devices"),
    ),
    pytest.param(
        "the initiator offers at once, and its candidates follow the offer",
        marks=pytest.mark.protocol(8, "sends the offer and trickles its candidates"),
    ),
    pytest.param(
        "media are prepared before the offer, and no connection is described until the answer",
        marks=pytest.mark.protocol(8, "Media is prepared, but nothing is sent until the `answer`"),
    ),
    pytest.param(
        "the session is read from the address; nobody who opens a link is its initiator",
        marks=pytest.mark.protocol(8, "`Env` takes `session` out of the address"),
    ),
    pytest.param(
        "a link in capital letters names the same session",
        marks=pytest.mark.protocol(8, "`Env` takes `session` out of the address"),
    ),
    pytest.param(
        "whoever opens a link attaches once the devices are ready",
        marks=pytest.mark.protocol(8, "`Media.prepare()` readies the devices"),
    ),
    pytest.param(
        "whoever opens a link attaches by the handshake and waits for the offer",
        marks=pytest.mark.protocol(8, "`Net.startSignal(sessionId)` waits for the `offer`"),
    ),
    pytest.param(
        "the recipient answers, with the tracks that there are",
        marks=pytest.mark.protocol(8, "`Rtc.startIncomingSession(sessionId)` sends the `answer`"),
    ),
    pytest.param(
        "a loss is repaired with the same address, and what waited goes out once, in order",
        marks=pytest.mark.protocol(8, "A loss of the socket is repaired with the same `sessionId`"),
    ),
    pytest.param(
        "pauses grow up to a bound, and failed tries never end anything",
        marks=pytest.mark.protocol(8, "and growing pauses"),
    ),
    pytest.param(
        "a loss of signaling is said and taken back, and the call goes on",
        marks=pytest.mark.protocol(8, "while the call goes on"),
    ),
    pytest.param(
        "a page that waits renews its socket, which may have died without a word",
        marks=pytest.mark.protocol(8, "A page that is not connected attaches anew every half"),
    ),
    pytest.param(
        "a call whose network does not come back ends",
        marks=pytest.mark.protocol(8, "one whose call has had no media for longer"),
    ),
    pytest.param(
        "where three offers in a row come to nothing, both are told that there is no path",
        marks=pytest.mark.protocol(
            8, "Where three connections in a row fail, the initiator hangs up with the reason"
        ),
    ),
    pytest.param(
        "${name} closes the socket deliberately and shows the end",
        marks=pytest.mark.protocol(8, "`Core` calls `Net.stopSignal()` (deliberate close)"),
    ),
    pytest.param(
        "a deliberate close has code 1000, is silent and stays",
        marks=pytest.mark.protocol(8, "(deliberate close)"),
    ),
    pytest.param(
        "a dead link shows the server's sentence, the end and what to do",
        marks=pytest.mark.protocol(8, "with the server's sentence"),
    ),
    pytest.param(
        "signal_not_found is a toast for the recipient and nothing to the initiator",
        marks=pytest.mark.protocol(8, "Errors appear as toasts (`HomeCall_Web_Ui_Toast`)"),
    ),
    pytest.param(
        "what fails inside is told as a sentence of ours, without what failed",
        marks=pytest.mark.protocol(8, "never with internals"),
    ),
    pytest.param(
        "nothing is stored",
        marks=pytest.mark.protocol(8, "never in `localStorage`, IndexedDB, a cache"),
    ),
    pytest.param(
        "a whole call leaves its session in no storage, no cache and no database",
        marks=pytest.mark.protocol(8, "or anything that leaves the browser"),
    ),
    pytest.param(
        'a reload keeps the label of ${role}: ${state?.from ?? "a new one"}',
        marks=pytest.mark.protocol(8, "leaves the address bar once the session is joined"),
    ),
    pytest.param(
        "a page that nobody sees takes no link and asks for nothing, until it is seen",
        marks=pytest.mark.protocol(
            8, "The link of a call is taken by a person, not by a preview: the page attaches"
        ),
    ),
    pytest.param(
        "a guest's page loaded again says end-of-candidates as soon as it is attached",
        marks=pytest.mark.protocol(8, "sends end-of-candidates as soon as it is attached"),
    ),
    pytest.param(
        "the initiator offers anew at once to a page that was loaded again",
        marks=pytest.mark.protocol(
            8, "the initiator offers anew at once if nothing arrives by the connection that it has"
        ),
    ),
    pytest.param(
        "who gave the devices before takes the link while they open, and answers with them",
        marks=pytest.mark.protocol(
            8, "It attaches while camera and microphone open where both were granted before"
        ),
    ),
    pytest.param(
        "without devices the person is asked, and the call comes up all the same",
        marks=pytest.mark.protocol(8, "otherwise a button joins without camera and microphone"),
    ),
    pytest.param(
        "a device that is lost in a call is told, and comes back: ${who}",
        marks=pytest.mark.protocol(8, "A track that ends or falls silent in a call"),
    ),
    pytest.param(
        "what the system mutes is told; a page that is seen again soon opens it anew",
        marks=pytest.mark.protocol(8, "the device is opened again when it can be"),
    ),
    pytest.param(
        "caches and queues of before go, and the client's own files stay",
        marks=pytest.mark.protocol(
            8, "`CacheCleaner` drops the old caches and any client-side queue of a session"
        ),
    ),
    pytest.param(
        "another application's worker goes, ours stays; this page came ${through}",
        marks=pytest.mark.protocol(
            8, "A service worker of another application that was served at this address"
        ),
    ),
]


@pytest.mark.parametrize("name", HELD_BY)
def test_a_test_of_the_web_client_holds_it(name: str) -> None:
    assert name in node_test_names()
