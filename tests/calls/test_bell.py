"""When the bell rings, and with which chime."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from homecall_appliance.calls.bell import Bell, local_clock
from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.chimes import COMING, ENDED, KNOCKING, RINGING, Chime
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence


class Recorder(SharedAudio):
    """Keeps what it is to play."""

    def __init__(self) -> None:
        super().__init__(Silence(), Off(), 100)
        self.rung: list[Chime] = []

    def ring(self, chime: Chime) -> None:
        self.rung.append(chime)


NIGHT = Audio(quiet_from="22:00", quiet_until="07:00")


@pytest.mark.parametrize(
    ("settings", "clock", "rings"),
    [
        (Audio(), "03:00", True),
        (Audio(signals=False), "12:00", False),
        (NIGHT, "21:59", True),
        (NIGHT, "22:00", False),
        (NIGHT, "03:00", False),
    ],
)
async def test_it_rings_when_it_is_wanted(settings: Audio, clock: str, rings: bool) -> None:
    audio = Recorder()
    bell = Bell(settings, audio, lambda: clock)
    with bell.coming():
        assert audio.wanted is rings, "the device is kept ready"
        bell.ring()
    assert not audio.wanted
    bell.ended(accepted=True)
    assert audio.rung == ([COMING, ENDED] if rings else [])


async def test_the_clock_is_read_each_time() -> None:
    audio, times = Recorder(), iter(["21:59", "22:00"])
    bell = Bell(NIGHT, audio, lambda: next(times))
    bell.ring()
    bell.ended(accepted=True)
    assert audio.rung == [COMING]


async def test_it_does_not_ring_for_one_who_has_only_come() -> None:
    audio = Recorder()
    with Bell(Audio(), audio).coming():
        assert audio.rung == []


async def test_it_rings_once_in_ten_seconds() -> None:
    audio, moments = Recorder(), [0.0, 2.0, 9.9, 10.0, 11.0, 19.9, 20.0]
    times = iter(moments)
    bell = Bell(Audio(), audio, now=lambda: next(times))
    rung = []
    for moment in moments:
        before = len(audio.rung)
        bell.ring()
        rung += [moment] * (len(audio.rung) - before)
    assert rung == [0.0, 10.0, 20.0]


async def test_at_night_nothing_is_rung_that_would_silence_the_morning() -> None:
    audio, times = Recorder(), iter(["06:59", "07:00"])
    bell = Bell(NIGHT, audio, lambda: next(times), now=lambda: 5.0)
    bell.ring()
    bell.ring()
    assert audio.rung == [COMING]


@pytest.mark.parametrize(("zone", "ahead"), [("UTC", 0), ("XXX-5:30", 19_800)])
def test_the_clock_on_the_wall(zone: str, ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        moments = (time.gmtime(time.time() + ahead + late) for late in (0, 60))
        clock = local_clock()
    time.tzset()
    assert clock in {f"{each.tm_hour:02}:{each.tm_min:02}" for each in moments}


@pytest.mark.parametrize(("settings", "rings"), [(Audio(), True), (Audio(signals=False), False)])
async def test_it_rings_for_who_waits_to_be_let_in(settings: Audio, rings: bool) -> None:
    audio = Recorder()
    bell = Bell(settings, audio, asks=True)
    with bell.coming():
        assert not audio.wanted, "nobody is listened to yet"
    with bell.alerting():
        assert audio.wanted is rings
        assert not audio.talking
    assert not audio.wanted


async def test_beside_a_call_it_only_knocks() -> None:
    audio = Cadences()
    bell = Bell(Audio(), audio, asks=True)
    with bell.alerting():
        [cadence] = audio.cadences
        with audio.talk(OpusDecoder):
            assert cadence() is KNOCKING
        assert cadence() is RINGING, "the call is over, and the visitor still waits"


class Cadences(Recorder):
    """Keeps what it is to play again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.cadences: list[Callable[[], Chime]] = []

    @contextmanager
    def alert(self, cadence: Callable[[], Chime]) -> Iterator[None]:
        self.cadences.append(cadence)
        yield


async def test_who_was_not_let_in_goes_unheard() -> None:
    audio = Recorder()
    Bell(Audio(), audio).ended(accepted=False)
    assert audio.rung == []
