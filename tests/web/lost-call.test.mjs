/** A call whose other side is gone for good ends with a sentence (protocol.md, section 5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { settle, SESSION } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer } from "./peer.mjs";

const NOTHING = { type: "error", code: "signal_not_found", message: "No signal found" };
const LOST = ["end", "The other side was lost", true];

/** A call that has come about, by a link or by the button. */
async function live(t, initiator = false, link = LINK) {
  const call = await start(t, { address: initiator ? undefined : link, config: { run: "a" } });
  if (initiator) await call.connect();
  await call.receive(initiator ? { type: "answer", sdp: "a=ice-pwd:x" } : offer("x"));
  call.pc().become("connected");
  return call;
}

/** The socket is lost, and the next one is let in by the same run of the appliance or another. */
async function reattach(t, call, run) {
  call.config = { run };
  call.socket().lose();
  t.mock.timers.tick(1000);
  await call.accept();
}

const end = (call) => [
  call.app.dataset.state, call.text("end-title"), /Scan the code/.test(call.text("end-advice")),
];

for (const [name, steps] of Object.entries({
  "interrupted first": ["interrupt", "restart"],
  "started anew first": ["restart", "interrupt"],
})) {
  test(`the appliance was started anew, ${name}: the call ends at once`, async (t) => {
    const call = await live(t);
    for (const step of steps) {
      assert.equal(call.app.dataset.state, "call");
      if (step === "interrupt") call.pc().become("disconnected");
      else await reattach(t, call, "b");
      await settle();
    }
    assert.deepEqual(end(call), LOST);
    assert.deepEqual([call.socket().closedWith, history.state], [1000, null]);
    assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true]);
    t.mock.timers.tick(120_000);
    assert.equal(FakeSocket.all.at(-1), call.socket(), "nothing is tried any more");
  });
}

test("a socket that was lost alone, in an appliance that runs on, ends nothing", async (t) => {
  const call = await live(t);
  await reattach(t, call, "a");
  call.pc().become("disconnected");
  await settle();
  assert.equal(call.phase(), "call weak");
});

test("two phones whose media flow go on over a restart, and an interruption later", async (t) => {
  const call = await live(t);
  await reattach(t, call, "b");
  await call.receive(NOTHING);
  assert.deepEqual([call.phase(), call.toasts()], ["call live", []]);
  t.mock.timers.tick(31_000);
  call.pc().become("disconnected");
  await call.accept();
  assert.equal(call.phase(), "call weak");
});

test("who made the link offers again after a restart", async (t) => {
  const call = await live(t, true);
  call.pc().become("failed");
  await reattach(t, call, "b");
  assert.equal(call.phase(), "call weak");
  assert.ok(call.socket().messages.some(({ type }) => type === "offer"));
});

test("no offer comes into an interrupted call: it has ended", async (t) => {
  const call = await live(t);
  call.pc().become("failed");
  await call.receive(NOTHING);
  assert.deepEqual(end(call), LOST);
});

for (const initiator of [false, true]) {
  test(`what is not restored ends after a while; initiator: ${initiator}`, async (t) => {
    const call = await live(t, initiator);
    call.pc().become("disconnected");
    call.socket().lose();
    t.mock.timers.tick(80_000);
    assert.equal(call.phase(), "call weak");
    t.mock.timers.tick(11_000);
    assert.deepEqual(end(call).slice(0, 2), LOST.slice(0, 2));
    assert.match(call.text("end-advice"), initiator ? /Make a new one/ : /then scan the code/);
  });
}

for (const [host, advice] of [
  ["192.168.1.10", /^The appliance does not answer\. .*: join that Wi-Fi, then scan the code/],
  ["home.example", /^The appliance does not answer\. .* has a network, then scan the code/],
]) {
  test(`who has lost ${host} for good is told what to do`, async (t) => {
    const call = await live(t, false, LINK.replace("home.example", host));
    call.pc().become("disconnected");
    call.socket().lose();
    t.mock.timers.tick(91_000);
    assert.match(call.text("end-advice"), advice);
  });
}

test("who comes back to a session that has ended is told no more that nothing answers", async (t) => {
  const call = await live(t);
  call.pc().become("disconnected");
  call.socket().lose();
  t.mock.timers.tick(1000);
  call.socket().lose(4001);
  assert.deepEqual([end(call), call.toasts()], [LOST, []]);
  assert.match(call.text("end-advice"), /^A link serves one call/);
});

test("an interruption is said at once, and after a while what to do as well", async (t) => {
  const call = await live(t);
  const said = () => call.text("status");
  assert.equal(said(), "");
  call.pc().become("disconnected");
  assert.equal(said(), "The connection was interrupted. Restoring…");
  t.mock.timers.tick(4000);
  call.pc().become("failed");
  assert.equal(said(), "The connection was interrupted. Restoring…");
  t.mock.timers.tick(1000);
  assert.match(said(), /Restoring… Stay on this page, and look whether .* Or hang up/);
  call.pc().become("failed");
  assert.match(said(), /Or hang up/, "what is said stays");
  call.pc().become("connected");
  assert.equal(said(), "");
  t.mock.timers.tick(20_000);
  assert.equal(said(), "");
  call.pc().become("disconnected");
  assert.equal(said(), "The connection was interrupted. Restoring…");
});

test("a call that does not come about says what to do before fifteen seconds are over", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  assert.equal(call.text("status"), "Connecting…");
  t.mock.timers.tick(8000);
  assert.match(call.text("status"), /^Still connecting… Stay on this page\. .* another network/);
  call.pc().become("connected");
  assert.equal(call.text("status"), "");
});

test("a connection that fails sooner says so sooner", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  call.pc().become("failed");
  assert.match(call.text("status"), /^Still connecting…/);
  await call.receive({ type: "hangup", reason: "no_path" });
  assert.equal(call.text("end-title"), "No way through the networks was found");
});

test("what was restored is given its time again", async (t) => {
  const call = await live(t);
  call.pc().become("disconnected");
  t.mock.timers.tick(80_000);
  call.pc().become("connected");
  t.mock.timers.tick(80_000);
  assert.equal(call.phase(), "call live");
});

for (const [name, state, expected] of [
  ["who was in the call", { initiator: false }, LOST.slice(0, 2)],
  ["who made the link", { initiator: true }, ["call", ""]],
]) {
  test(`the page is loaded again after a restart: ${name}`, async (t) => {
    const config = { run: "b", sessionLive: false, sessionRefused: null };
    const kept = { sessionId: SESSION, from: "mark", off: [], ...state };
    const call = await start(t, { state: kept, config });
    assert.deepEqual(end(call).slice(0, 2), expected);
  });
}

for (const [host, advice] of [
  ["192.168.1.10", /Trying again… .* join that Wi-Fi\. .* scan the code on the screen again\.$/],
  ["home.example", /Trying again… Look whether this phone has a network\.$/],
]) {
  test(`${host} does not answer any more: the person is told what to look at`, async (t) => {
    const call = await start(t, { address: LINK.replace("home.example", host) });
    call.socket().lose();
    assert.match(call.toasts().at(-1), advice);
    t.mock.timers.tick(60_000);
    assert.match(call.toasts().join(), advice, "as long as it is so");
    await call.accept();
    assert.deepEqual(call.toasts(), []);
  });
}

test("a call that goes on without signaling says so only once its media break off", async (t) => {
  const call = await live(t);
  call.socket().lose();
  assert.deepEqual([call.phase(), call.toasts()], ["call live", []]);
  call.pc().become("disconnected");
  assert.match(call.toasts().at(-1), /^No connection to the appliance/);
  call.pc().become("connected");
  assert.deepEqual([call.phase(), call.toasts()], ["call live", []]);
});
