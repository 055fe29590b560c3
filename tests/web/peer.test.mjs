import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeTrack, SESSION } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { answer, candidate, offer, sdp, startPeer as start } from "./peer.mjs";

const { answer: plainly } = FakePeerConnection;

beforeEach(() => {
  FakePeerConnection.all = [];
  FakePeerConnection.answer = plainly;
});

test("the initiator offers at once, and its candidates follow the offer", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  await peer.startOutgoingSession(SESSION, handlers);
  assert.deepEqual(pcs[0].log, ["sendrecv audio", "sendrecv video"]);
  assert.deepEqual(pcs[0].configuration, {
    iceServers: [{ urls: "stun:stun.example" }],
    iceTransportPolicy: "relay",
  });
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

for (const [direction, log, unwanted] of [
  ["sendonly", ["track audio"], ["unwanted video"]],
  ["inactive", ["track audio"], ["unwanted video"]],
  ["recvonly", ["track audio", "track video"], []],
]) {
  test(`a picture that is ${direction} for the other side`, async (t) => {
    const { peer, handlers, pcs, states } = start(t);
    peer.startIncomingSession(SESSION, handlers);
    await peer.handle({ type: "offer", sdp: sdp("a", direction) });
    assert.deepEqual([pcs[0].log, states], [log, unwanted]);
  });
}

const REJECTED = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n";

test("the person is told of what there is no codec for in common, on both sides", async (t) => {
  const incoming = start(t);
  FakePeerConnection.answer = () => REJECTED;
  incoming.peer.startIncomingSession(SESSION, incoming.handlers);
  await incoming.peer.handle(offer("a"));
  assert.deepEqual(incoming.states, ["rejected video"]);
  assert.equal(incoming.sent[0][0], "answer");

  const outgoing = start(t);
  await outgoing.peer.startOutgoingSession(SESSION, outgoing.handlers);
  await outgoing.peer.handle({ type: "answer", sdp: REJECTED });
  assert.deepEqual(outgoing.states, ["rejected video"]);
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
  await outgoing.peer.startOutgoingSession(SESSION, outgoing.handlers);
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

test("the same offer once more gets the same answer, until the connection stands", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  const answers = () => sent.filter(([type]) => type === "answer").map(([, text]) => text);
  peer.startIncomingSession(SESSION, handlers);
  peer.handle(offer("a"));
  await peer.handle(offer("a"));
  assert.deepEqual(answers(), ["answer of 1", "answer of 1"]);
  pcs[0].become("connected");
  await peer.handle(offer("a"));
  assert.equal(answers().length, 2);
  assert.equal(pcs.length, 1);
});

test("an answer that no offer waits for is ignored, and so is what the other role gets", async (t) => {
  const { peer, handlers, pcs, states, logger } = start(t);
  await peer.startOutgoingSession(SESSION, handlers);
  peer.handle(answer("b"));
  await peer.handle(answer("b"));
  pcs[0].become("connected");
  peer.handle(answer("late"));
  await peer.handle(offer("wrong"));
  assert.equal(pcs.length, 1);
  assert.equal(pcs[0].remoteDescription.sdp, sdp("b"));
  assert.deepEqual(states, ["connected"]);
  assert.ok(!logger.lines.join().includes("ice-pwd"));
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

test("an answer that was there before the offer left is not its answer", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  const offered = peer.startOutgoingSession(SESSION, handlers);
  await peer.handle(answer("former"));
  await offered;
  assert.equal(sent[0][0], "offer");
  assert.equal(pcs.at(-1).remoteDescription, null);
  await peer.handle(answer("b"));
  assert.equal(pcs.at(-1).remoteDescription.sdp, answer("b").sdp);
});

test("the answer to a former offer is put right by another one", async (t) => {
  const { peer, sent, handlers, pcs } = start(t);
  t.mock.method(performance, "now", () => 0);
  await peer.startOutgoingSession(SESSION, handlers);
  performance.now.mock.mockImplementation(() => 31_000);
  await peer.resume();
  for (const name of ["former", "former", "newer"]) await peer.handle(answer(name));
  await peer.handle(answer("newest"));
  const offers = sent.filter(([type]) => type === "offer").map(([, text]) => text);
  assert.deepEqual(offers, ["offer of 1", "offer of 2", "offer of 3"]);
  assert.deepEqual(pcs.map((pc) => pc.remoteDescription?.sdp), [
    undefined, sdp("former"), sdp("newest"),
  ]);
});
