/** How a page sees that media arrive no more, seconds before the browser says so. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { start as startCall } from "./application.mjs";
import { SESSION, settle } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { offer, startPeer as start } from "./peer.mjs";

beforeEach(() => {
  FakePeerConnection.all = [];
});

test("where packets have come and come no more the socket is renewed, once each time", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { peer, handlers, pcs, renewed } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  await peer.handle(offer("a"));
  const look = async (times, packets) => {
    for (let i = 0; i < times; i += 1) {
      pcs[0].packetsReceived += packets;
      t.mock.timers.tick(500);
      await settle();
    }
    return renewed.length;
  };
  assert.equal(await look(9, 0), 0, "there is no call yet");
  pcs[0].become("connected");
  assert.equal(await look(9, 0), 0, "nothing has come yet: it rings");
  assert.equal(await look(9, 1), 0);
  assert.equal(await look(2, 0), 0);
  assert.equal(await look(1, 1), 0);
  assert.equal(await look(3, 0), 1);
  assert.equal(await look(9, 0), 1);
  assert.equal(await look(1, 1), 1);
  assert.equal(await look(9, 0), 2);
  peer.stop();
  assert.equal(await look(9, 0), 2);
});

/** A call whose getStats() is the test's; `look()` goes on for half a second of packets. */
async function connected(t, getStats) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { peer, handlers, pcs, renewed } = start(t);
  peer.startIncomingSession(SESSION, handlers);
  await peer.handle(offer("a"));
  const [pc] = pcs;
  pc.getStats = () => getStats(pc);
  pc.become("connected");
  const look = async () => {
    pc.packetsReceived += 25;
    t.mock.timers.tick(500);
    await settle();
  };
  return { look, renewed, pc };
}

test("looks that take long are not taken for the same moment", async (t) => {
  const waiting = [];
  const { look, renewed, pc } = await connected(t, () => new Promise((resolve) => {
    waiting.push(resolve);
  }));
  let most = 0;
  for (let looks = 0; looks < 40; looks += 1) {
    await look();
    most = Math.max(most, waiting.length);
    if (looks % 5 !== 4) continue;
    const packetsReceived = pc.packetsReceived;
    const stats = new Map([["in", { type: "inbound-rtp", packetsReceived }]]);
    for (const resolve of waiting.splice(0)) resolve(stats);
    await settle();
  }
  assert.deepEqual([renewed, most], [[], 1]);
});

test("a look that fails says nothing, and the next one is taken", async (t) => {
  let fails = true;
  const plainly = FakePeerConnection.prototype.getStats;
  const { look, renewed, pc } = await connected(t, async (one) => {
    if (fails) throw new DOMException("", "OperationError");
    return plainly.call(one);
  });
  for (let looks = 0; looks < 9; looks += 1) await look();
  await new Promise(setImmediate); // an unhandled rejection fails the test then
  assert.deepEqual(renewed, []);
  fails = false;
  await look();
  for (let looks = 0; looks < 4; looks += 1) {
    t.mock.timers.tick(500);
    await settle();
  }
  assert.deepEqual([renewed.length, pc.packetsReceived], [1, 250]);
});

/** A call of two phones, as its maker sees it; `wait()` goes on for half a second. */
async function talking(t) {
  const call = await startCall(t);
  await call.connect();
  await call.receive({ type: "answer", sdp: "a=ice-pwd:x" });
  call.pc().become("connected");
  const wait = async (times, packets) => {
    for (let looks = 0; looks < times; looks += 1) {
      call.pc().packetsReceived += packets;
      t.mock.timers.tick(500);
      await settle();
    }
    return FakePeerConnection.all.length;
  };
  await wait(4, 50);
  return { call, wait };
}

test("the initiator offers anew where signaling is back and media are not", async (t) => {
  const { call, wait } = await talking(t);
  await wait(4, 0);
  await call.accept();
  assert.equal(await wait(1, 0), 1, "they may be about to");
  assert.equal(await wait(1, 0), 2);
  const offers = call.socket().messages.filter(({ type }) => type === "offer");
  assert.deepEqual(offers.map(({ sdp }) => sdp), ["offer of 2"]);
  assert.equal(call.phase(), "call weak");
});

test("it does so as soon where the browser says meanwhile that it is disconnected", async (t) => {
  const { call, wait } = await talking(t);
  await wait(12, 0);
  call.pc().become("disconnected");
  await call.accept();
  assert.equal(await wait(1, 0), 1);
  assert.equal(await wait(1, 0), 2);
});

test("media that are back with signaling, or before it, go on as they are", async (t) => {
  const { call, wait } = await talking(t);
  await wait(4, 0);
  await call.accept();
  assert.equal(await wait(20, 50), 1);
  await wait(3, 0);
  await wait(1, 50);
  await call.accept();
  assert.equal(await wait(20, 50), 1);
  assert.equal(call.phase(), "call live");
});

test("without signaling no offer is made", async (t) => {
  const { wait } = await talking(t);
  assert.equal(await wait(8, 0), 1);
});

const AGAIN = { type: "candidate", candidate: null };

test("the initiator offers anew at once to a page that was loaded again", async (t) => {
  const { call } = await talking(t);
  await call.receive(AGAIN);
  t.mock.timers.tick(300);
  await settle();
  assert.equal(FakePeerConnection.all.length, 2);
  const offers = call.socket().messages.filter(({ type }) => type === "offer");
  assert.equal(offers.at(-1).sdp, "offer of 2");
});

test("end-of-candidates of a page whose media arrive means no more than that", async (t) => {
  const { call, wait } = await talking(t);
  await call.receive(AGAIN);
  call.pc().packetsReceived += 1;
  assert.equal(await wait(9, 50), 1);
});

test("before any media end-of-candidates means no more than that, either", async (t) => {
  const call = await startCall(t);
  await call.connect();
  await call.receive({ type: "answer", sdp: "a=ice-pwd:x" });
  call.pc().become("connected");
  await call.receive(AGAIN);
  t.mock.timers.tick(300);
  await settle();
  assert.equal(FakePeerConnection.all.length, 1);
});

test("end-of-candidates before the answer is not the end of those that come with it", async (t) => {
  const call = await startCall(t);
  await call.connect();
  await call.receive(AGAIN);
  await call.receive({ type: "answer", sdp: "a=ice-pwd:x" });
  assert.deepEqual(call.pc().applied, []);
});
