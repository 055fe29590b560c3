"""What the appliance offers, and what phones answer to it."""

from pathlib import Path

from homecall_appliance.media.webrtc.answer import Answer
from homecall_appliance.media.webrtc.offer import Offer, OfferedMedia

FOLDER = Path(__file__).parent / "answers"

OFFER = Offer(
    session_id=1,
    cname="home",
    ufrag="ufrg",
    password="p" * 22,
    fingerprint="sha-256 " + ":".join(["AA"] * 32),
    media=(
        OfferedMedia("audio", "sendrecv", 111),
        OfferedMedia("video", "sendrecv", 222, 333),
    ),
    candidates=("1 1 udp 2130706431 192.0.2.1 4711 typ host",),
    trickles=False,
)
"""An offer as ours are: its payload types and extensions are those that the answers are to."""

NAMES = [path.stem for path in sorted(FOLDER.glob("*-*.sdp"))]
"""The answers that are kept; README.md beside them tells where each comes from."""


def answer(name: str) -> str:
    """An answer as it came over the wire."""
    return (FOLDER / f"{name}.sdp").read_text().replace("\n", "\r\n")


def changed(text: str, before: str, after: str) -> str:
    """A text with a change, which must be one."""
    assert before in text
    return text.replace(before, after)


def negotiated_faults(answer: Answer) -> list[str]:
    """Return what was read of an answer to OFFER and should not have been."""
    faults = ["other sections"] if [m.offered for m in answer.media] != [*OFFER.media] else []
    for media in answer.media:
        known = {codec.name: codec.feedback for codec in media.offered.codecs}
        checks = {
            "codecs that were not offered": {codec.name for codec in media.codecs} <= set(known),
            "feedback that was not offered": all(
                codec.feedback <= known.get(codec.name, frozenset()) for codec in media.codecs
            ),
            "an extension that was not offered": media.extensions.items()
            <= media.offered.extensions.items(),
            "media without a codec": bool(media.codecs) or not (media.sends or media.receives),
            "payload types that are not free": all(
                96 <= int(codec.payload_type) < 128 for codec in media.codecs
            ),
            "sources beyond 32 bits": all(0 <= ssrc < 1 << 32 for ssrc in media.ssrcs),
        }
        faults += [fault for fault, fine in checks.items() if not fine]
    if not any(media.codecs for media in answer.media):
        faults.append("nothing in common")
    return faults
