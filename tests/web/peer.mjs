/** A peer with fakes around it, and the messages that it gets. */
import assert from "node:assert/strict";
import { FakeLogger, FakeStream, FakeTrack, install, load, SESSION } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";

const Clock = await load("Shared/Clock.mjs");
const Peer = await load("Rtc/Peer.mjs");

/** A description with both kinds, of which `video` is the direction of the picture. */
export const sdp = (name, video = "sendrecv") =>
  `v=0\r\na=ice-pwd:${name}\r\n` +
  "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n" +
  `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=${video}\r\n`;
export const offer = (name) => ({ type: "offer", sdp: sdp(name) });
export const answer = (name) => ({ type: "answer", sdp: sdp(name) });
export const candidate = (text) => ({ type: "candidate", candidate: text && { candidate: text } });

/** A peer without a session; `states` is what it tells, `renewed` when it renews signaling. */
export function startPeer(t, kinds = ["audio", "video"]) {
  install(t, { RTCPeerConnection: FakePeerConnection, MediaStream: FakeStream });
  const sent = [];
  const states = [];
  const renewed = [];
  const net = {
    isOpen: true,
    renew: () => renewed.push(states.at(-1)),
    send({ type, sessionId, ...body }) {
      assert.equal(sessionId, SESSION);
      const detail = type === "candidate" ? body.candidate?.candidate ?? null : body.sdp;
      sent.push([type, detail]);
    },
  };
  const logger = new FakeLogger();
  const peer = new Peer({
    clock: new Clock(),
    net,
    logger,
    env: {
      iceServers: async () => [{ urls: "stun:stun.example" }],
      iceTransportPolicy: "relay",
    },
    media: { stream: new FakeStream(kinds.map((kind) => new FakeTrack(kind))) },
  });
  const handlers = {
    onRejected: (kind) => states.push(`rejected ${kind}`),
    onUnwanted: (kind) => states.push(`unwanted ${kind}`),
    onStream: (stream) => states.push(`tracks ${stream.getTracks().length}`),
    onState: (state) => states.push(state),
    onMedia: () => {},
    onQuality: () => {},
    onStarved: () => {},
    onFailure: () => states.push("failure"),
  };
  t.after(() => peer.stop());
  return { peer, net, sent, states, renewed, handlers, logger, pcs: FakePeerConnection.all };
}
