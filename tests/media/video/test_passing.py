"""What is decided about a webcam's own H.264, and what its bytes are made into."""

from collections.abc import Iterable

import pytest

from homecall_appliance.media.video.annexb import AccessUnits
from homecall_appliance.media.video.passing import Passing

START = b"\0\0\0\1"
BASELINE, CONSTRAINED = b"\x67\x42\x00\x1f", b"\x67\x42\xe0\x1f"
MAIN, HIGH = b"\x67\x4d\x00\x1f", b"\x67\x64\x00\x1f"
PPS, OTHER_PPS, SEI, AUD = b"\x68\xce\x38\x80", b"\x68\x5a\x38\x80", b"\x06\x05", b"\x09\x10"
IDR, SLICE = b"\x65\x88\x84", b"\x41\x9a\x24"


def stream(*units: bytes) -> bytes:
    return b"".join(START + unit for unit in units)


@pytest.mark.parametrize(
    ("buffers", "made"),
    [
        # Everything is there already: nothing is touched.
        ([(CONSTRAINED, PPS, SEI, IDR)], [(CONSTRAINED, PPS, SEI, IDR)]),
        # The sets come once.
        (
            [(CONSTRAINED, PPS, IDR), (SLICE,), (IDR, IDR)],
            [(CONSTRAINED, PPS, IDR), (SLICE,), (CONSTRAINED, PPS, IDR, IDR)],
        ),
        # In buffers of their own; a delimiter stays, wherever.
        (
            [(CONSTRAINED,), (PPS, OTHER_PPS), (AUD, IDR)],
            [None, None, (CONSTRAINED, PPS, OTHER_PPS, AUD, IDR)],
        ),
        # Half of them.
        (
            [(CONSTRAINED, PPS, IDR), (PPS, SEI, IDR)],
            [(CONSTRAINED, PPS, IDR), (CONSTRAINED, PPS, SEI, IDR)],
        ),
        # The newest ones count.
        (
            [(MAIN, PPS), (CONSTRAINED, OTHER_PPS), (IDR,)],
            [None, None, (CONSTRAINED, OTHER_PPS, IDR)],
        ),
        ([(SEI,), (AUD,), ()], [None, None, None]),
    ],
)
def test_every_key_frame_has_its_parameter_sets(
    buffers: Iterable[Iterable[bytes]], made: Iterable[Iterable[bytes] | None]
) -> None:
    units = AccessUnits()
    taken = [units.take(stream(*buffer)) for buffer in buffers]
    assert [unit and unit.data for unit in taken] == [each and stream(*each) for each in made]
    for unit in taken:
        assert unit is None or unit.keyframe == (IDR in unit.data)


@pytest.mark.parametrize(
    ("sps", "baseline"),
    [
        (BASELINE, True),
        (CONSTRAINED, True),
        (MAIN, False),
        (b"\x67\x64\x00\x1f", False),
        (PPS, False),
    ],
)
def test_only_baseline_is_for_everybody(sps: bytes, baseline: bool) -> None:
    unit = AccessUnits().take(stream(sps, PPS, IDR))
    assert unit is not None
    assert unit.baseline == baseline


def test_short_start_codes_and_trailing_zeros_are_the_same() -> None:
    data = b"\0\0\1".join([b"\0", CONSTRAINED + b"\0\0", PPS, IDR])
    unit = AccessUnits().take(data)
    assert unit is not None
    assert (unit.keyframe, unit.data) == (True, data)


FAIR, HUGE = 6_000, 20_000
"""Bytes of a picture: at ten a second 480 and 1600 kbit/s."""


def course(
    pictures: str,
    *,
    sizes: dict[int, int] | None = None,
    allowed: dict[int, int] | None = None,
    baseline: bool = True,
    watched: bool = True,
    forcible: bool = False,
    steerable: bool = False,
) -> tuple[str, list[int]]:
    """Take pictures, ten a second, of which K are key frames, and lower case letters are those at
    which a key frame is asked for; return P where they pass, E where not, and where the webcam is
    asked for a key frame. `sizes`, `allowed`: from which picture on."""
    passing = Passing(forcible=forcible, steerable=steerable)
    asked, size, bitrate = 1, FAIR, 1_500_000
    done, forced = "", []
    for number, kind in enumerate(pictures):
        size = (sizes or {}).get(number, size)
        bitrate = (allowed or {}).get(number, bitrate)
        asked += kind.islower()
        step = passing.decide(
            number / 10,
            size,
            keyframe=kind in "Kk",
            baseline=baseline,
            allowed=bitrate,
            asked=asked if watched else None,
        )
        done += "P" if step.passes else "E"
        forced += [number] if step.force_keyframe else []
    return done, forced


@pytest.mark.parametrize(
    ("pictures", "passes"),
    [
        ("K.........K....", "PPPPPPPPPPPPPPP"),
        # It begins in the middle: what goes before the first key frame is of no use to anybody.
        ("....K....", "EEEEPPPPP"),
        # Its next key frame is not known to come soon: the software gives one at once, until then.
        ("K..a......K..", "PPPEEEEEEEPPP"),
        ("K.........K...a.....K..", "PPPPPPPPPPPPPPEEEEEEPPP"),
        # It comes within half a second, or is asked for when it comes.
        ("K.........K.....a...K..", "PPPPPPPPPPPPPPPPPPPPPPP"),
        ("K.........k....", "PPPPPPPPPPPPPPP"),
        # It should have come, and did not.
        ("K.........K.....a..........K.", "PPPPPPPPPPPPPPPPPPPPPPEEEEEPP"),
        # It is overdue when it is asked for.
        ("K....K........a.........", "PPPPPPPPPPPPPPPPPPPPEEEE"),
        # It is asked for while the software encodes, which answers.
        ("K..a..a...K...", "PPPEEEEEEEPPPP"),
    ],
)
def test_a_viewer_never_waits_long_for_a_key_frame(pictures: str, passes: str) -> None:
    assert course(pictures) == (passes, [])


@pytest.mark.parametrize(
    ("pictures", "passes", "forced"),
    [
        ("K..a.K....", "PPPPPPPPPP", [3]),
        ("K..k......", "PPPPPPPPPP", []),
        # It has the control, and does nothing: once it is waited for, and never again.
        ("K..a.........K.a...K.", "PPPPPPPPEEEEEPPEEEEPP", [3]),
        ("..a....K.", "EEEEEEEPP", [0, 2]),
    ],
)
def test_a_webcam_that_gives_key_frames_is_asked(
    pictures: str, passes: str, forced: list[int]
) -> None:
    assert course(pictures, forcible=True) == (passes, forced)


def test_what_not_everybody_decodes_never_passes() -> None:
    assert course("K....K....", baseline=False)[0] == "E" * 10


def test_without_viewers_nothing_is_asked_for() -> None:
    assert course("K...a...a....", watched=False, forcible=True) == ("P" * 13, [])


@pytest.mark.parametrize(
    ("steerable", "sizes", "allowed", "passes"),
    [
        (False, {}, {10: 200_000}, "P" * 10 + "E" * 20),
        # A little too much does not matter, but nobody begins with it.
        (False, {}, {10: 410_000}, "P" * 30),
        (False, {}, {10: 410_000, 12: 200_000, 13: 410_000}, "P" * 12 + "E" * 18),
        (False, {}, {10: 200_000, 13: 510_000}, "P" * 10 + "E" * 10 + "P" * 10),
        # It sends too much from some time on.
        (False, {10: HUGE}, {0: 600_000}, "P" * 16 + "E" * 14),
        # It was told, and has two seconds to follow.
        (True, {12: 1_000}, {10: 200_000}, "P" * 30),
        (True, {}, {5: 200_000}, "P" * 25 + "E" * 5),
        (True, {}, {5: 200_000, 13: 150_000, 21: 100_000}, "P" * 25 + "E" * 5),
    ],
)
def test_a_webcam_that_sends_too_much_is_encoded_anew(
    steerable: bool, sizes: dict[int, int], allowed: dict[int, int], passes: str
) -> None:
    pictures = "K.........K.........K........."
    assert course(pictures, sizes=sizes, allowed=allowed, steerable=steerable)[0] == passes
