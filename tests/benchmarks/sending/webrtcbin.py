"""A sender of RTP that comes by UDP, with GStreamer: a webrtcbin for each call.

Its orders come as program.py has them. Arguments: the address for ICE, the port of the picture, of
the sound, and that which takes PLI. Python only tells GStreamer what to do; it sees no packet.
"""

import json
import socket
import struct
import sys
import threading
from typing import Any

import gi

for namespace in ("Gst", "GstSdp", "GstWebRTC"):
    gi.require_version(namespace, "1.0")

from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402 (after the versions)

LOOPBACK = "127.0.0.1"

PLI = struct.pack("!BBHII", 2 << 6 | 1, 206, 2, 0, 0)
"""RFC 4585, section 6.3.1."""

PIPELINE = """
udpsrc name=picture address=127.0.0.1 port={video}
  caps="application/x-rtp,media=video,encoding-name=H264,payload=102,ssrc=(uint)102,clock-rate=90000,
  packetization-mode=(string)1,profile-level-id=(string)42e01f,level-asymmetry-allowed=(string)1"
  ! tee name=video allow-not-linked=true
udpsrc address=127.0.0.1 port={audio}
  caps="application/x-rtp,media=audio,encoding-name=OPUS,payload=111,ssrc=(uint)111,clock-rate=48000,
  encoding-params=(string)2"
  ! tee name=audio allow-not-linked=true
"""

BRANCH = "valve name=valve drop=true drop-mode=forward-sticky-events ! queue"
"""To a viewer. A webrtcbin takes nothing before it is connected; the packets would wait for it."""


class Call:
    """One viewer."""

    def __init__(self, calls: "Calls", name: str) -> None:
        self._calls = calls
        self._name = name
        self.webrtc = Gst.ElementFactory.make("webrtcbin")
        self.webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.webrtc.connect("notify::connection-state", self._connection)
        self._gathering = self.webrtc.connect("on-ice-candidate", self._candidate)
        self._branches: list[tuple[Any, Any, Any]] = []
        calls.pipeline.add(self.webrtc)
        self.webrtc.sync_state_with_parent()
        for tee in calls.tees:
            self._link(tee)
        self.webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self._offered))

    def answer(self, sdp: str) -> None:
        """Take the answer."""
        _, message = GstSdp.SDPMessage.new_from_text(sdp)
        kind = GstWebRTC.WebRTCSDPType.ANSWER
        description = GstWebRTC.WebRTCSessionDescription.new(kind, message)
        self.webrtc.emit("set-remote-description", description, Gst.Promise.new())

    def end(self) -> None:
        """End it; return when it has ended."""
        for tee, source, branch in self._branches:
            unlinked = threading.Event()
            source.add_probe(Gst.PadProbeType.IDLE, self._unlink, branch, unlinked)
            unlinked.wait()
            tee.release_request_pad(source)
        for element in (self.webrtc, *(branch for _, _, branch in self._branches)):
            element.set_state(Gst.State.NULL)
            self._calls.pipeline.remove(element)

    def _link(self, tee: Any) -> None:
        branch = Gst.parse_bin_from_description(BRANCH, ghost_unlinked_pads=True)
        self._calls.pipeline.add(branch)
        sink = self.webrtc.request_pad_simple("sink_%u")
        sink.set_property("msid", "feed")  # picture and sound in one stream
        sink.get_property("transceiver").set_property(
            "direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY
        )
        branch.get_static_pad("src").link(sink)
        source = tee.request_pad_simple("src_%u")
        # An element that is not active yet would stop the source.
        branch.sync_state_with_parent()
        source.link(branch.get_static_pad("sink"))
        self._branches.append((tee, source, branch))

    @staticmethod
    def _unlink(source: Any, _: Any, branch: Any, unlinked: threading.Event) -> Any:
        source.unlink(branch.get_static_pad("sink"))
        unlinked.set()
        return Gst.PadProbeReturn.REMOVE

    def _offered(self, promise: Any) -> None:
        reply = promise.get_reply()  # the offer goes with it
        offer = reply.get_value("offer")
        self.webrtc.emit("set-local-description", offer, Gst.Promise.new())

    def _candidate(self, _: Any, __: int, candidate: str) -> None:
        # The one that is wanted: libnice looks for a router by UPnP before it has done with all.
        _, _, transport, _, address, *_ = candidate.split()
        if (transport.lower(), address) == ("udp", self._calls.address):
            self.webrtc.disconnect(self._gathering)
            tell(call=self._name, sdp=self.webrtc.get_property("local-description").sdp.as_text())

    def _connection(self, *_: Any) -> None:
        state = self.webrtc.get_property("connection-state")
        if state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            for _, _, branch in self._branches:
                branch.get_by_name("valve").set_property("drop", False)
            self._calls.ask()


class Calls:
    """The calls of the program."""

    def __init__(self, address: str, video: str, audio: str, control: str) -> None:
        self.address = address
        self._control = LOOPBACK, int(control)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._calls: dict[str, Call] = {}
        self.pipeline = Gst.parse_launch(PIPELINE.format(video=video, audio=audio))
        self.tees = [self.pipeline.get_by_name(name) for name in ("video", "audio")]
        source = self.pipeline.get_by_name("picture").get_static_pad("src")
        source.add_probe(Gst.PadProbeType.EVENT_UPSTREAM, self._event)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self._failed)
        bus.connect("message::latency", lambda *_: self.pipeline.recalculate_latency())
        self.pipeline.set_state(Gst.State.PLAYING)

    def obey(self, line: str) -> bool:
        """Follow one order."""
        match json.loads(line):
            case {"do": "offer", "call": call}:
                self._calls[call] = Call(self, call)
            case {"do": "answer", "call": call, "sdp": sdp}:
                self._calls[call].answer(sdp)
            case {"do": "end"}:
                while self._calls:
                    self._calls.popitem()[1].end()
                tell(call="")
        return False  # GLib need not call again

    def ask(self) -> None:
        """Ask the feeder for a key frame."""
        self._socket.sendto(PLI, self._control)

    @staticmethod
    def _failed(_: Any, message: Any) -> None:
        sys.exit(f"{message.src.get_path_string()}: {message.parse_error().gerror.message}")

    def _event(self, _: Any, info: Any) -> Any:
        structure = info.get_event().get_structure()
        if structure and structure.get_name() == "GstForceKeyUnit":
            self.ask()
        return Gst.PadProbeReturn.OK


def tell(**reply: str) -> None:
    """Reply with a line, from any thread."""
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Send until the orders end."""
    Gst.init(None)
    calls = Calls(*sys.argv[1:])
    loop = GLib.MainLoop()

    def read() -> None:
        for line in sys.stdin:
            GLib.idle_add(calls.obey, line)
        loop.quit()

    threading.Thread(target=read, daemon=True).start()
    loop.run()
    calls.pipeline.set_state(Gst.State.NULL)


if __name__ == "__main__":
    main()
