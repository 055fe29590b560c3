"""Between PortAudio's buffers and an `Exchange`: what its callbacks do, without PortAudio."""

from dataclasses import dataclass

import numpy as np
import pytest

from homecall_appliance.media.audio.bridge import Bridge
from homecall_appliance.media.audio.fade import FADE
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from tests.support.exchange import Nobody


@dataclass
class Status:
    """The flags that PortAudio gives."""

    input_overflow: bool = False
    output_underflow: bool = False

    def __bool__(self) -> bool:
        return self.input_overflow or self.output_underflow


class Caller:
    """An `Exchange` that says 1000 and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Block] = []
        self.known: list[Block] = []
        self.skipped: list[float] = []

    def play(self) -> Block:
        return np.full(BLOCK_SAMPLES, 1000, np.int16)

    def hear(self, captured: Block, played: Block, skipped: float) -> None:
        self.heard.append(captured)
        self.known.append(played)
        self.skipped.append(skipped)


FINE = Status()


def buffer(channels: int = 1, value: int = 0) -> bytearray:
    """What PortAudio has in its memory: each channel is `value` times its number."""
    one = value * np.arange(1, channels + 1, dtype=np.int16)
    return bytearray(np.tile(one, BLOCK_SAMPLES).tobytes())


def samples(memory: bytearray, channels: int) -> Block:
    return np.frombuffer(memory, np.int16).reshape(BLOCK_SAMPLES, channels)


def test_the_first_channel_is_heard_and_all_are_played() -> None:
    caller = Caller()
    captured, played = buffer(6, 100), buffer(2)
    Bridge(caller, lambda: False).duplex()(captured, played, BLOCK_SAMPLES, None, FINE)
    captured[:] = bytes(len(captured))
    assert (caller.heard[0] == 100).all(), "the memory is PortAudio's"
    assert (samples(played, 2) == 1000).all()


def test_one_direction_alone() -> None:
    caller = Caller()
    played = buffer(1)
    Bridge(caller, lambda: False).play()(played, BLOCK_SAMPLES, None, FINE)
    assert not caller.heard[0].any()
    assert (samples(played, 1) == 1000).all()
    Bridge(caller, lambda: False).capture()(buffer(1, 7), BLOCK_SAMPLES, None, FINE)
    assert (caller.heard[1] == 7).all()


def test_with_two_clocks_what_is_said_is_played_at_once_and_known_later() -> None:
    caller = Caller()
    hear, play = Bridge(caller, lambda: False).own_clocks()
    for _ in range(6):
        played = buffer(2)
        play(played, BLOCK_SAMPLES, None, FINE)
        assert (samples(played, 2) == 1000).all()
        hear(buffer(1, 7), BLOCK_SAMPLES, None, FINE)
    assert not caller.known[0].any()
    assert caller.known[-1][-1] == 1000


def test_what_is_skipped_to_keep_pace_is_told() -> None:
    caller = Caller()
    bridge = Bridge(caller, lambda: False)
    hear, play = bridge.own_clocks()
    for _ in range(6):
        play(buffer(), BLOCK_SAMPLES, None, FINE)
        hear(buffer(), BLOCK_SAMPLES, None, FINE)
    assert caller.skipped[-1] == bridge.drift.skipped
    bridge.drift.skipped = 0.25
    bridge.duplex()(buffer(), buffer(), BLOCK_SAMPLES, None, FINE)
    assert caller.skipped[-1] == 0, "one clock is not another"


def test_gaps_are_counted_and_do_not_click() -> None:
    caller = Caller()
    bridge = Bridge(caller, lambda: False)
    line = bridge.duplex()
    line(buffer(1, 3000), buffer(1), BLOCK_SAMPLES, None, FINE)
    assert bridge.xruns == 0
    played = buffer(1)
    line(buffer(1, -3000), played, BLOCK_SAMPLES, None, Status(True, True))
    heard = np.concatenate(caller.heard).astype(int)
    assert np.abs(np.diff(heard)).max() < 6000 / FADE * 2
    assert heard[-1] == -3000
    assert np.frombuffer(played, np.int16)[0] < 10
    assert bridge.xruns == 1


@pytest.mark.parametrize("lost", [0, 1])
def test_when_one_of_two_streams_ends_there_are_no_more_calls(lost: int) -> None:
    caller = Caller()
    bridge = Bridge(caller, lambda: False)
    lines = bridge.own_clocks()
    lines[0](buffer(), BLOCK_SAMPLES, None, FINE)
    assert not bridge.is_lost()
    lines[lost].finished.set()
    lines[0](buffer(), BLOCK_SAMPLES, None, FINE)
    assert bridge.is_lost()
    assert len(caller.heard) == 1


def test_when_the_devices_are_to_be_chosen_anew_there_are_no_more_calls() -> None:
    caller, plugged_in = Caller(), iter([False, True, False])
    bridge = Bridge(caller, lambda: next(plugged_in))
    line = bridge.capture()
    for _ in range(200):
        line(buffer(), BLOCK_SAMPLES, None, FINE)
    assert len(caller.heard) == 99, "it looks once a second, and does not forget"
    assert bridge.is_outdated


def test_an_error_is_kept() -> None:
    class Fragile(Nobody):
        def hear(self, captured: Block, played: Block, skipped: float) -> None:
            raise ZeroDivisionError

    bridge = Bridge(Fragile(), lambda: False)
    hear, play = bridge.own_clocks()
    with pytest.raises(ZeroDivisionError):
        hear(buffer(), BLOCK_SAMPLES, None, FINE)
    play(buffer(), BLOCK_SAMPLES, None, FINE)
    assert isinstance(bridge.error, ZeroDivisionError)
