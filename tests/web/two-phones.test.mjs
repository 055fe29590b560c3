/** What a page does about the other phone, and about a server, that do not come. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { settle } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer } from "./peer.mjs";

const ANSWER = { type: "answer", sdp: "a=ice-pwd:x" };
const text = (id) => document.getElementById(id).textContent;

async function fail(call, times) {
  for (let time = 0; time < times; time += 1) {
    await call.receive(ANSWER);
    call.pc().become("connecting");
    call.pc().become("failed");
    await settle();
  }
}

async function live(t) {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  call.pc().become("connected");
  return call;
}

test("where three offers in a row come to nothing, both are told that there is no path", async (t) => {
  const call = await start(t);
  await call.connect();
  await fail(call, 2);
  assert.equal(call.phase(), "call joining");
  await fail(call, 1);
  const { type, reason } = call.socket().messages.at(-1);
  assert.deepEqual([type, reason, FakePeerConnection.all.length], ["hangup", "no_path", 3]);
  assert.equal(text("end-title"), "No way through the networks was found");
  assert.match(text("end-advice"), /another network/);
});

test("who made the link is told that the other is there, and what to do if nothing comes", async (t) => {
  const call = await start(t);
  await call.connect();
  await call.receive(ANSWER);
  assert.equal(call.phase(), "call sharing");
  call.pc().become("connecting");
  assert.deepEqual([call.phase(), text("status")], ["call joining", "Connecting…"]);
  t.mock.timers.tick(8000);
  assert.match(text("status"), /^Still connecting… Stay on this page\. .* another network/);
  call.pc().become("connected");
  assert.deepEqual([call.phase(), text("status")], ["call live", ""]);
});

test("a connection that came about makes good for those that failed", async (t) => {
  const call = await start(t);
  await call.connect();
  await fail(call, 2);
  await call.receive(ANSWER);
  call.pc().become("connected");
  call.pc().become("failed");
  await settle();
  await fail(call, 1);
  assert.equal(call.phase(), "call weak");
});

for (const [reason, title] of [
  ["lost", "The other side was lost"],
  ["no_path", "No way through the networks was found"],
  ["max_duration", "The call has reached its longest duration"],
  ["stopping", "The appliance is being restarted or switched off"],
  ["declined", "They cannot take the call now"],
  ["no_answer", "Nobody has answered"],
  ["surprise", "The other side ended the call"],
]) {
  test(`the other side hangs up: ${reason}`, async (t) => {
    const call = await start(t, { address: LINK });
    await call.receive({ type: "hangup", reason });
    assert.equal(text("end-title"), title);
  });
}

test("the end is said even while the browser asks for devices", async (t) => {
  const call = await start(t, { address: LINK, devices: "asked" });
  assert.equal(FakeSocket.all.length, 0, "it has no socket yet");
  await call.click("hangup");
  call.socket().accept();
  assert.equal(call.socket().messages[0].type, "hangup");
});

test("a page that waits renews its socket, which may have died without a word", async (t) => {
  const call = await start(t);
  await call.connect();
  t.mock.timers.tick(30_000);
  assert.deepEqual([FakeSocket.all.length, FakeSocket.all[0].closedWith], [2, 4000]);
});

test("a call that is live does not, and neither does one that is over", async (t) => {
  const call = await live(t);
  t.mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1);
  await call.click("hangup");
  t.mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1);
});

/** Let the socket and each of its tries fail, for so many seconds. */
function loseFor(t, call, seconds) {
  for (let since = 0; since < seconds; since += 3) {
    if (call.phase().startsWith("end")) return;
    if (call.socket().readyState !== 3) call.socket().lose();
    t.mock.timers.tick(3000);
  }
}

test("a call whose network does not come back ends", async (t) => {
  const call = await live(t);
  call.pc().become("failed");
  loseFor(t, call, 60);
  assert.equal(call.phase(), "call weak");
  loseFor(t, call, 60);
  assert.deepEqual([call.phase(), text("end-title")], ["end", "The other side was lost"]);
  assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true]);
});

test("but not while its media flow", async (t) => {
  const talking = await live(t);
  loseFor(t, talking, 200);
  assert.equal(talking.phase(), "call live");
});

test("who opens a link that is open already is told where to go on", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive({ type: "error", code: "session_full", message: "" });
  assert.match(text("end-advice"), /in another browser or tab.* Go on there/);
});
