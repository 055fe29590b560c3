"""Janus: Debian's gateway with a mountpoint of its streaming plugin.

It offers, as the plugin always does. Its RTCP port takes what a viewer asks for to the feeder.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse

from tests.benchmarks.sending.child import child
from tests.benchmarks.sending.fed import Served, fed
from tests.benchmarks.sending.feed import FMTP, H264, LOOPBACK, OPUS, Ports
from tests.benchmarks.sending.sender import Kind, Place
from tests.support.address import free_port

START_SECONDS = ANSWER_SECONDS = 10.0

GENERAL = """
general: {{ debug_level = 3, session_timeout = 0 }}
nat: {{ ice_enforce_list = "{host}", ice_ignore_list = "", ignore_mdns = true }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""

WEBSOCKETS = """
general: {{ ws = true, ws_ip = "{address}", ws_port = {port} }}
"""

STREAMING = """
live: {{
  type = "rtp", id = 1
  media = (
    {{ type = "audio", mid = "a", iface = "lo", port = {audio}, pt = {opus}, codec = "opus" }},
    {{ type = "video", mid = "v", iface = "lo", port = {video}, rtcpport = {rtcp}, pt = {h264},
      codec = "h264", fmtp = "{fmtp}" }}
  )
}}
"""

OTHERS = {
    "plugins": "audiobridge duktape echotest lua nosip recordplay sip textroom videocall videoroom "
    "voicemail",
    "transports": "http mqtt nanomsg pfunix rabbitmq",
}
"""The parts of Janus that are not needed."""

Message = dict[str, Any]


class Janus:
    """A `benchmarks.sending.front.Peer`: a session of the gateway, with a handle per call."""

    def __init__(self, pid: int, socket: ClientWebSocketResponse) -> None:
        self.pid = pid
        self._socket = socket
        self._handles: dict[str, int] = {}
        self._session = 0
        self._replies: dict[str, asyncio.Future[Message]] = {}

    async def begin(self) -> None:
        """Create the session."""
        self._session = (await self._ask({"janus": "create"}))["data"]["id"]

    async def offer(self, call: str) -> str:
        """See `Peer.offer`."""
        attach = {"janus": "attach", "plugin": "janus.plugin.streaming"}
        self._handles[call] = (await self._ask(attach))["data"]["id"]
        watch = {"janus": "message", "body": {"request": "watch", "id": 1}}
        sdp: str = (await self._ask(watch, call))["jsep"]["sdp"]
        return sdp

    async def answer(self, call: str, sdp: str) -> None:
        """See `Peer.answer`."""
        start = {"janus": "message", "body": {"request": "start"}}
        await self._ask({**start, "jsep": {"type": "answer", "sdp": sdp}}, call)
        await self._send({"janus": "trickle", "candidate": {"completed": True}}, call)

    async def end(self) -> None:
        """See `Peer.end`."""
        for call in list(self._handles):
            await self._ask({"janus": "detach"}, call)
            del self._handles[call]

    async def read(self) -> None:
        """Take what the gateway says until cancelled."""
        async for message in self._socket:
            reply = message.json()
            waiting = self._replies.get(reply.get("transaction", ""))
            if waiting and reply["janus"] != "ack":  # which only says that the answer will follow
                waiting.set_result(reply)

    async def _ask(self, message: Message, call: str | None = None) -> Message:
        transaction = await self._send(message, call)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._replies[transaction]
        finally:
            del self._replies[transaction]
        assert answer["janus"] != "error", answer
        return answer

    async def _send(self, message: Message, call: str | None) -> str:
        transaction = uuid.uuid4().hex
        session = {"session_id": self._session} if self._session else {}
        handle = {"handle_id": self._handles[call]} if call is not None else {}
        self._replies[transaction] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({**message, **session, **handle, "transaction": transaction})
        return transaction


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Served]:
    """Run a gateway with one mountpoint."""
    ports, port = Ports.free(rtcp=True), free_port()
    folder = place.directory / "janus"
    folder.mkdir()
    _configure(folder, place, ports, port)
    command = ["janus", "--configs-folder", str(folder)]
    async with (
        child(command, place.directory / "janus.log", discard=True) as process,
        ClientSession() as http,
    ):
        socket = await _connect(http, port)
        peer = Janus(process.pid, socket)
        reading = asyncio.create_task(peer.read())
        try:
            await peer.begin()
            async with fed(place, ports, peer) as sender:
                yield sender
        finally:
            reading.cancel()


def _configure(folder: Path, place: Place, ports: Ports, port: int) -> None:
    fmtp = ";".join(f"{name}={value}" for name, value in FMTP.items())
    disabled = {
        kind: ",".join(f"libjanus_{each}.so" for each in names.split())
        for kind, names in OTHERS.items()
    }
    streaming = STREAMING.format(
        audio=ports.audio, video=ports.video, rtcp=ports.rtcp, opus=OPUS, h264=H264, fmtp=fmtp
    )
    for name, text in (
        ("janus", GENERAL.format(host=place.host, **disabled)),
        ("janus.transport.websockets", WEBSOCKETS.format(address=LOOPBACK, port=port)),
        ("janus.plugin.streaming", streaming),
    ):
        (folder / f"{name}.jcfg").write_text(text, "utf-8")


async def _connect(http: ClientSession, port: int) -> ClientWebSocketResponse:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while True:
        try:
            return await http.ws_connect(f"ws://{LOOPBACK}:{port}", protocols=["janus-protocol"])
        except ClientError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)


JANUS = Kind("Janus", {"janus": "usr/bin/janus"}, running)
