"""What the appliance offers, and what phones answer to it."""

from pathlib import Path

from homecall_appliance.media.webrtc.sdp import DIRECTIONS, parse

FOLDER = Path(__file__).parent / "answers"

OFFER = (FOLDER / "offer.sdp").read_text().replace("\n", "\r\n")
"""An offer of the real aiortc with our codecs."""

NAMES = [path.stem for path in sorted(FOLDER.glob("*-*.sdp"))]
"""The answers that are kept; README.md beside them tells where each comes from."""


def answer(name: str) -> str:
    """An answer as it came over the wire."""
    return (FOLDER / f"{name}.sdp").read_text().replace("\n", "\r\n")


def changed(text: str, before: str, after: str) -> str:
    """A text with a change, which must be one."""
    assert before in text
    return text.replace(before, after)


ONCE = ["mid", "ice-ufrag", "ice-pwd", "fingerprint", "setup", "rtcp-mux"]
KNOWN = {*ONCE, *DIRECTIONS, "extmap", "rtpmap", "fmtp", "rtcp-fb", "ssrc"}


def written_faults(offer: str, written: str) -> list[str]:
    """Return what aiortc is given and should not be."""
    ours, theirs = parse(offer).sections, parse(written).sections
    kinds = [[(each.kind, each.mid) for each in sections] for sections in (ours, theirs)]
    faults = ["other sections"] if kinds[0] != kinds[1] else []
    for offered, section in zip(ours, theirs, strict=False):
        known = {codec.name: codec.feedback for codec in offered.codecs}
        codecs, names = section.codecs, section.attributes
        checks = {
            "not one transport": all(len(names.get(name, ())) == 1 for name in ONCE),
            "not one direction": len([name for name in names if name in DIRECTIONS]) == 1,
            "an unknown attribute": set(names) <= KNOWN,
            "a rejection": not section.rejected,
            "codecs": 0 < len(codecs) == len(section.media) - 3 <= 32,
            "codecs that were not offered": {codec.name for codec in codecs} <= set(known),
            "feedback that was not offered": all(
                codec.feedback <= known.get(codec.name, frozenset()) for codec in codecs
            ),
            "an extension that was not offered": section.extensions.items()
            <= offered.extensions.items(),
        }
        faults += [fault for fault, fine in checks.items() if not fine]
    return faults
