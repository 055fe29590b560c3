/** What the peer of a session does when its connection or its signaling is lost. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { install, SESSION, settle } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { answer, candidate, offer, startPeer as start } from "./peer.mjs";

beforeEach(() => {
  FakePeerConnection.all = [];
});

test("when the connection fails, the initiator offers anew and the recipient waits", async (t) => {
  const outgoing = start(t);
  outgoing.peer.startOutgoingSession(SESSION, outgoing.handlers);
  await outgoing.peer.handle(answer("b"));
  outgoing.pcs[0].become("connected");
  outgoing.pcs[0].become("failed");
  await outgoing.peer.resume();
  assert.deepEqual(outgoing.states, ["connected", "failed", "connecting"]);
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
  await peer.resume();
  pcs[0].become("connected");
  t.mock.timers.tick(60_000);
  await peer.handle(candidate("1"));
  assert.equal(pcs.length, 1);
  pcs[0].become("disconnected");
  t.mock.timers.tick(3000);
  await peer.handle(candidate("2"));
  assert.equal(pcs.length, 2);
});

for (const initiator of [true, false]) {
  const side = initiator ? "initiator" : "recipient";
  test(`where the media stop the ${side} renews its socket, once`, async (t) => {
    const { peer, handlers, pcs, renewed } = start(t);
    if (initiator) peer.startOutgoingSession(SESSION, handlers);
    else peer.startIncomingSession(SESSION, handlers);
    await peer.handle(initiator ? answer("b") : offer("a"));
    for (const state of ["connecting", "connected", "disconnected", "failed"]) {
      pcs[0].become(state);
    }
    assert.deepEqual(renewed, ["disconnected"]);
  });
}

test("in a call an offer is said again until it is answered, before the call it waits", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { peer, sent, handlers, pcs } = start(t);
  const offers = () => sent.filter(([type]) => type === "offer").map(([, text]) => text);
  const wait = async (ms) => {
    t.mock.timers.tick(ms);
    await peer.handle(candidate("1"));
  };
  await peer.startOutgoingSession(SESSION, handlers);
  await wait(60_000);
  assert.deepEqual(offers(), ["offer of 1"]);
  await peer.handle(answer("b"));
  pcs[0].become("connected");
  pcs[0].become("failed");
  await wait(0);
  await wait(10_000);
  await wait(10_000);
  await peer.handle(answer("c"));
  await wait(60_000);
  assert.deepEqual(offers().slice(1), ["offer of 2", "offer of 2", "offer of 2"]);
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

test("on a reconnection after a long time an unanswered offer is made anew", async (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const { peer, sent, handlers, pcs } = start(t);
  await peer.startOutgoingSession(SESSION, handlers);
  for (now of [30_000, 30_001]) await peer.resume();
  const offers = sent.filter(([type]) => type === "offer").map(([, text]) => text);
  assert.deepEqual(offers, ["offer of 1", "offer of 1", "offer of 2"]);
  await peer.handle(answer("b"));
  assert.deepEqual(pcs.map((pc) => pc.remoteDescription !== null), [false, true]);
});

test("the time that the device has slept counts, too", async (t) => {
  t.mock.method(performance, "now", () => 0);
  const now = t.mock.method(Date, "now", () => 0);
  const { peer, handlers, pcs } = start(t);
  await peer.startOutgoingSession(SESSION, handlers);
  now.mock.mockImplementation(() => 300_000);
  await peer.resume();
  assert.equal(pcs.length, 2);
});

test("where a browser has no connectionState, that of ICE stands for it", async (t) => {
  const { peer, states, handlers } = start(t);
  class Older extends FakePeerConnection {
    iceConnectionState = "new";

    constructor(configuration) {
      super(configuration);
      delete this.connectionState;
    }
  }
  install(t, { RTCPeerConnection: Older });
  await peer.startOutgoingSession(SESSION, handlers);
  const pc = FakePeerConnection.all.at(-1);
  for (const state of ["checking", "connected", "completed", "disconnected", "failed"]) {
    pc.iceConnectionState = state;
    pc.oniceconnectionstatechange();
  }
  await settle();
  const lost = ["disconnected", "failed", "connecting"]; // the last is the next connection's
  assert.deepEqual(states, ["connecting", "connected", "connected", ...lost]);
});
