"""protocol.md, section 10: what a stranger's bytes may end."""

from pathlib import Path
from typing import Any, NoReturn

import pytest

from homecall_appliance.calls.call import Call
from tests.protocol.appliance_world import Appliance, Phone, appliance
from tests.protocol.wire import read_types, until

pytestmark = pytest.mark.apt


def fail(*_: object) -> NoReturn:
    raise AssertionError("whatever a library says of what it cannot read")


def receiving(served: Call) -> None:
    assert served.peer is not None
    media: Any = served.peer._media
    media._sound_receiver.take = fail


def sending(served: Call) -> None:
    assert served.peer is not None
    transport: Any = served.peer._transport
    transport.session.write = fail


async def called(home: Appliance) -> tuple[Phone, Call]:
    before = [*home.reception.calls]
    phone = await home.take_link()
    await until(lambda: len(home.reception.calls) > len(before))
    [served] = [call for call in home.reception.calls if call not in before]
    return phone, served


@pytest.mark.parametrize("break_part", [receiving, sending])
@pytest.mark.protocol(10, "A stranger's bytes end at most his own call")
async def test_what_they_make_fail_is_his_own_call(tmp_path: Path, break_part: Any) -> None:
    async with appliance(tmp_path) as home:
        his, served = await called(home)
        visitor, other = await called(home)
        async with his.answered(), visitor.answered():
            await until(lambda: served.connected and other.connected)
            break_part(served)
            assert await read_types(his.socket, 1) == ["error internal"]
            await until(lambda: home.reception.calls == [other])
            peer = other.peer
            assert peer is not None
            sent = peer.sent
            await until(
                lambda: (
                    peer.sent.audio_frames > sent.audio_frames + 10
                    and peer.sent.video_frames > sent.video_frames + 3
                )
            )
            assert not visitor.socket.closed
