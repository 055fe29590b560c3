import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeLogger, FakeStream, FakeTrack, install, load, SESSION } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";

const Peer = await load("Rtc/Peer.mjs");
const Connection = await load("Rtc/Connection.mjs");

const sdp = (name) => `v=0\r\na=ice-pwd:${name}\r\n`;
const offer = (name) => ({ type: "offer", sdp: sdp(name) });
const answer = (name) => ({ type: "answer", sdp: sdp(name) });
const candidate = (text) => ({ type: "candidate", candidate: text && { candidate: text } });

function start(t, kinds = ["audio", "video"]) {
  install(t, { RTCPeerConnection: FakePeerConnection, MediaStream: FakeStream });
  const sent = [];
  const states = [];
  const net = {
    isOpen: true,
    send({ type, sessionId, ...body }) {
      assert.equal(sessionId, SESSION);
      const detail = type === "candidate" ? body.candidate?.candidate ?? null : body.sdp;
      sent.push([type, detail]);
    },
  };
  const logger = new FakeLogger();
  const peer = new Peer({
    net,
    logger,
    env: { iceServers: async () => [{ urls: "stun:stun.example" }] },
    media: { stream: new FakeStream(kinds.map((kind) => new FakeTrack(kind))) },
    connection: { default: Connection },
  });
  const handlers = {
    onStream: (stream) => states.push(`tracks ${stream.getTracks().length}`),
    onState: (state) => states.push(state),
    onFailure: () => states.push("failure"),
  };
  t.after(() => peer.stop());
  return { peer, net, sent, states, handlers, logger, pcs: FakePeerConnection.all };
}

beforeEach(() => {
  FakePeerConnection.all = [];
});

test("the initiator offers at once, and its candidates follow the offer", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  await peer.startOutgoingSession(SESSION, handlers);
  assert.deepEqual(pcs[0].log, ["sendrecv audio", "sendrecv video"]);
  assert.deepEqual(pcs[0].configuration.iceServers, [{ urls: "stun:stun.example" }]);
  assert.deepEqual(sent, [["offer", "offer of 1"], ["candidate", "c1"], ["candidate", null]]);
});

for (const [kinds, directions] of [
  [[], ["recvonly audio", "recvonly video"]],
  [["audio"], ["sendrecv audio", "recvonly video"]],
  [["video"], ["recvonly audio", "sendrecv video"]],
]) {
  test(`with ${kinds.join() || "no devices"} the offer still asks for both`, async (t) => {
    const { peer, handlers, pcs } = start(t, kinds);
    await peer.startOutgoingSession(SESSION, handlers);
    assert.deepEqual(pcs[0].log, directions);
  });
}

test("the recipient answers, with the tracks that there are", async (t) => {
  const { peer, sent, handlers, pcs } = start(t, ["audio"]);
  peer.startIncomingSession(SESSION, handlers);
  assert.equal(pcs.length, 0);
  await peer.handle(offer("a"));
  assert.deepEqual(pcs[0].log, ["track audio"]);
  assert.deepEqual(sent, [["answer", "answer of 1"], ["candidate", "c1"], ["candidate", null]]);
});

test("candidates that come before the offer or the answer are kept, in order", async (t) => {
  const incoming = start(t);
  incoming.peer.startIncomingSession(SESSION, incoming.handlers);
  incoming.peer.handle(candidate("1"));
  incoming.peer.handle(candidate("2"));
  incoming.peer.handle(offer("a"));
  await incoming.peer.handle(candidate("3"));
  assert.deepEqual(incoming.pcs[0].applied, ["1", "2", "3"]);

  const outgoing = start(t);
  outgoing.peer.startOutgoingSession(SESSION, outgoing.handlers);
  outgoing.peer.handle(candidate("1"));
  outgoing.peer.handle(answer("b"));
  await outgoing.peer.handle(candidate("2"));
  assert.deepEqual(outgoing.pcs[1].applied, ["1", "2"]);
});

test("null and an empty candidate are end-of-candidates; one bad candidate harms nothing", async (t) => {
  const { peer, handlers, pcs, states } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  peer.handle(offer("a"));
  for (const one of [null, "bad", "1"]) peer.handle(candidate(one));
  await peer.handle({ type: "candidate", candidate: { candidate: "", sdpMid: "0" } });
  assert.deepEqual(pcs[0].applied, [null, "1", null]);
  assert.deepEqual(states, []);
});

test("a new offer replaces the connection, with the same tracks", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  peer.handle(offer("a"));
  peer.handle(candidate("1"));
  peer.handle(offer("b"));
  await peer.handle(candidate("2"));
  assert.deepEqual(pcs.map((pc) => pc.log), [
    ["track audio", "track video", "closed"],
    ["track audio", "track video"],
  ]);
  assert.deepEqual(pcs.map((pc) => pc.applied), [["1"], ["2"]]);
  assert.deepEqual(sent.filter(([type]) => type === "answer").map(([, text]) => text), [
    "answer of 1",
    "answer of 2",
  ]);
});

test("the same offer once more is not answered again", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  peer.handle(offer("a"));
  await peer.handle(offer("a"));
  assert.equal(pcs.length, 1);
  assert.equal(sent.filter(([type]) => type === "answer").length, 1);
});

test("an answer that no offer waits for is ignored, and so is what the other role gets", async (t) => {
  const { peer, handlers, pcs, states, logger } = start(t);
  peer.startOutgoingSession(SESSION, handlers);
  peer.handle(answer("b"));
  peer.handle(answer("late"));
  await peer.handle(offer("wrong"));
  assert.equal(pcs.length, 1);
  assert.equal(pcs[0].remoteDescription.sdp, sdp("b"));
  assert.deepEqual(states, []);
  assert.ok(!logger.lines.join().includes("ice-pwd"));
});

test("when the connection fails, the initiator offers anew and the recipient waits", async (t) => {
  const outgoing = start(t);
  outgoing.peer.startOutgoingSession(SESSION, outgoing.handlers);
  await outgoing.peer.handle(answer("b"));
  outgoing.pcs[0].become("connected");
  outgoing.pcs[0].become("failed");
  await outgoing.peer.resume();
  assert.deepEqual(outgoing.states, ["connected", "failed"]);
  assert.equal(outgoing.pcs.length, 2);
  assert.equal(outgoing.sent.filter(([type]) => type === "offer").at(-1)[1], "offer of 2");

  FakePeerConnection.all = [];
  const incoming = start(t);
  incoming.peer.startIncomingSession(SESSION, incoming.handlers);
  await incoming.peer.handle(offer("a"));
  FakePeerConnection.all[0].become("failed");
  await incoming.peer.resume();
  assert.equal(FakePeerConnection.all.length, 1);
});

test("'disconnected' may heal by itself; if not, a fresh offer goes out", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { peer, handlers, pcs } = start(t);
  peer.startOutgoingSession(SESSION, handlers);
  await peer.handle(answer("b"));
  pcs[0].become("disconnected");
  pcs[0].become("connected");
  t.mock.timers.tick(60_000);
  await peer.handle(candidate("1"));
  assert.equal(pcs.length, 1);
  pcs[0].become("disconnected");
  t.mock.timers.tick(5000);
  await peer.handle(candidate("2"));
  assert.equal(pcs.length, 2);
});

test("without signaling the fresh offer waits until it is back", async (t) => {
  const { peer, net, handlers, pcs } = start(t);
  peer.startOutgoingSession(SESSION, handlers);
  await peer.handle(answer("b"));
  net.isOpen = false;
  pcs[0].become("failed");
  await peer.handle(candidate("1"));
  assert.equal(pcs.length, 1);
  net.isOpen = true;
  await peer.resume();
  assert.equal(pcs.length, 2);
});

test("on a reconnection an unanswered offer is said again, a healthy call says nothing", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  await peer.startOutgoingSession(SESSION, handlers);
  await peer.resume();
  assert.deepEqual(sent.filter(([type]) => type === "offer").map(([, text]) => text), [
    "offer of 1",
    "offer of 1",
  ]);
  await peer.handle(answer("b"));
  pcs[0].become("connected");
  const before = sent.length;
  await peer.resume();
  assert.equal(sent.length, before);
  assert.equal(pcs.length, 1);
});

test("remote tracks are gathered into one stream for each connection", async (t) => {
  const { peer, handlers, pcs, states } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  await peer.handle(offer("a"));
  pcs[0].ontrack({ track: new FakeTrack("audio") });
  pcs[0].ontrack({ track: new FakeTrack("video") });
  assert.deepEqual(states, ["tracks 1", "tracks 2"]);
});

test("after stop nothing is sent and nothing is opened", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  const offering = peer.startOutgoingSession(SESSION, handlers);
  peer.stop();
  await offering;
  await peer.handle(answer("b"));
  assert.deepEqual(sent, []);
  assert.ok(pcs.every((pc) => pc.log.includes("closed")));
});

test("a step that fails is told, and the next message is handled all the same", async (t) => {
  const { peer, handlers, pcs, states } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  t.mock.method(FakePeerConnection.prototype, "createAnswer", async () => {
    throw new DOMException("no codec", "OperationError");
  }, { times: 1 });
  peer.handle(offer("a"));
  await peer.handle(offer("b"));
  assert.deepEqual(states, ["failure"]);
  assert.equal(pcs[1].localDescription.type, "answer");
});
