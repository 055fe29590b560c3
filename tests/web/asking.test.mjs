/** Who takes a link: a person who sees the page and has decided (protocol.md, section 8.9). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { FakeStream, SESSION, settle } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer } from "./peer.mjs";

const KEPT = { sessionId: SESSION, initiator: false, from: "mark", off: [] };

const change = async (state) => {
  document.visibilityState = state;
  document.dispatchEvent(new document.defaultView.Event("visibilitychange"));
  await settle();
};
const show = () => change("visible");

test("a page that nobody sees takes no link and asks for nothing, until it is seen", async (t) => {
  let asked = 0;
  const call = await start(t, { address: LINK, visible: false });
  const { getUserMedia } = navigator.mediaDevices;
  navigator.mediaDevices.getUserMedia = (wanted) => (asked += 1) && getUserMedia(wanted);
  t.mock.timers.tick(600_000);
  await change("hidden");
  assert.deepEqual([asked, FakeSocket.all, history.state], [0, [], null]);
  await show();
  await call.accept();
  assert.deepEqual([asked, call.phase(), FakeSocket.all.length], [1, "call joining", 1]);
  await show();
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(call.text("status"), "Connecting…", "it takes long from now on only");
  t.mock.timers.tick(8000);
  assert.match(call.text("status"), /^Still connecting…/);
});

test("who made a link and is loaded again where nobody looks waits with it once seen", async (t) => {
  const state = { ...KEPT, initiator: true };
  const call = await start(t, { state, visible: false });
  assert.equal(call.phase(), "call joining");
  await show();
  await call.accept();
  assert.equal(call.phase(), "call sharing");
});

test("a link that was used meanwhile is found dead when the page is seen", async (t) => {
  const call = await start(t, { address: LINK, visible: false });
  call.config = { sessionRefused: "session_ended" };
  await show();
  assert.deepEqual([call.app.dataset.state, FakeSocket.all], ["end", []]);
});

for (const code of ["session_ended", "session_full"]) {
  test(`a link without a place is told of before a device is asked for: ${code}`, async (t) => {
    const call = await start(t, { address: LINK, config: { sessionRefused: code }, devices: "asked" });
    assert.deepEqual([call.app.dataset.state, call.allow, FakeSocket.all], ["end", undefined, []]);
    assert.match(call.text("end-advice"), /[Ss]can the/);
  });
}

test("who comes back has a place in a session that is full for others", async (t) => {
  const config = { sessionRefused: "session_full", sessionLive: true };
  assert.equal((await start(t, { state: KEPT, config })).phase(), "call joining");
});

test("nobody answers the browser's question: the page says so, and joins without devices", async (t) => {
  const call = await start(t, { address: LINK, devices: "asked" });
  assert.deepEqual([call.phase(), FakeSocket.all], ["call joining", []]);
  t.mock.timers.tick(3000);
  assert.equal(call.phase(), "call asking");
  assert.match(call.text("asking-lead"), /^Your browser asks/);
  assert.equal(document.getElementById("retry").hidden, true);
  await call.click("join");
  await call.accept();
  await call.receive(offer("x"));
  assert.equal(call.socket().messages[0].type, "answer");
  call.allow(new FakeStream(call.tracks));
  await settle();
  assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true], "it comes too late");
  assert.deepEqual(call.pc().log, []);
});

test("the question is answered late: the call goes on by itself", async (t) => {
  const call = await start(t, { address: LINK, devices: "asked" });
  t.mock.timers.tick(120_000);
  call.allow(new FakeStream(call.tracks));
  await call.accept();
  assert.equal(call.phase(), "call joining");
  assert.deepEqual(call.tracks.map((track) => track.stopped), [false, false]);
});

const MICROPHONE = { kind: "audioinput", deviceId: "m", label: "Microphone" };
const CAMERA = { kind: "videoinput", deviceId: "c", label: "Camera" };

test("who gave the devices before takes the link while they open, and answers with them", async (t) => {
  const named = [MICROPHONE, CAMERA];
  const call = await start(t, { address: LINK, devices: "asked", named });
  assert.deepEqual([call.phase(), FakeSocket.all.length], ["call joining", 1]);
  await call.receive(offer("x"));
  assert.deepEqual(call.socket().messages, []);
  assert.equal(call.pc(), undefined);
  call.allow(new FakeStream(call.tracks));
  await settle();
  assert.equal(call.socket().messages[0].type, "answer");
  assert.deepEqual(call.pc().log, ["track audio", "track video"]);
  assert.equal(FakeSocket.all.length, 1);
});

test("a link that is taken before the devices open is the page's own after a reload", async (t) => {
  const named = [MICROPHONE, CAMERA];
  await start(t, { address: LINK, devices: "asked", named });
  assert.deepEqual([location.search, history.state.sessionId], ["", SESSION]);
  const { state } = history;
  t.mock.reset();
  const config = { sessionRefused: "session_full" };
  const again = await start(t, { state, devices: "asked", named, config });
  assert.equal(again.phase(), "call joining");
});

test("who gave devices before that do not open is asked, and the other side waits", async (t) => {
  const named = [MICROPHONE, CAMERA];
  const call = await start(t, { address: LINK, devices: false, named });
  assert.deepEqual([call.phase(), FakeSocket.all.length], ["call asking", 1]);
  await call.receive(offer("x"));
  assert.deepEqual([call.phase(), call.socket().messages], ["call asking", []]);
  await call.click("join");
  assert.deepEqual([call.phase(), call.socket().messages[0].type], ["call joining", "answer"]);
  assert.equal(FakeSocket.all.length, 1);
});

for (const named of [[MICROPHONE], [CAMERA], [{ ...MICROPHONE, label: "" }, CAMERA]]) {
  const names = named.map(({ label }) => label || "unnamed").join(", ");
  test(`who may be asked for a device takes no link before: ${names}`, async (t) => {
    const call = await start(t, { address: LINK, devices: "asked", named });
    assert.deepEqual([call.phase(), FakeSocket.all], ["call joining", []]);
    call.allow(new FakeStream(call.tracks));
    await call.accept();
    assert.equal(FakeSocket.all.length, 1);
  });
}

test("a link without a place is not taken by who gave the devices before", async (t) => {
  const config = { sessionRefused: "session_ended" };
  const named = [MICROPHONE, CAMERA];
  const call = await start(t, { address: LINK, config, devices: "asked", named });
  assert.deepEqual([call.app.dataset.state, FakeSocket.all], ["end", []]);
});

test("who makes the link is asked, too, and then shows it", async (t) => {
  const call = await start(t, { devices: "asked" });
  await call.click("connect");
  t.mock.timers.tick(3000);
  assert.equal(call.phase(), "call asking");
  await call.click("join");
  await call.accept();
  assert.equal(call.phase(), "call sharing");
});

test("who makes the link without devices has decided by pressing the button", async (t) => {
  const call = await start(t, { devices: false });
  await call.connect();
  assert.equal(call.phase(), "call sharing");
  assert.match(call.toasts()[0], /^No camera or microphone found/);
});

test("who comes back without devices is not asked again", async (t) => {
  const call = await start(t, { state: KEPT, devices: false });
  assert.equal(call.phase(), "call joining");
});

for (const devices of [false, "asked"]) {
  test(`a call that is given up before it is joined, devices: ${devices}`, async (t) => {
    const call = await start(t, { address: LINK, devices });
    await call.click("hangup");
    await call.accept();
    t.mock.timers.tick(3000);
    assert.equal(call.app.dataset.state, "end");
    assert.deepEqual(call.socket().messages.map(({ type }) => type), ["hangup"]);
    assert.equal(call.socket().closedWith, 1000);
  });
}

test("who tries again is asked once more, and joins with what the browser gives now", async (t) => {
  const call = await start(t, { address: LINK, devices: false });
  await call.accept();
  assert.deepEqual([call.phase(), call.text("asking-title")], [
    "call asking", "Join without camera and microphone?",
  ]);
  await call.click("retry");
  assert.equal(call.text("asking-title"), "Join without camera and microphone?", "no again");
  navigator.mediaDevices.getUserMedia = async () => new FakeStream(call.tracks);
  await call.click("retry");
  await call.accept();
  assert.equal(call.phase(), "call joining");
  await call.receive(offer("x"));
  assert.deepEqual(call.pc().log, ["track audio", "track video"]);
});

for (const [permission, way] of [
  ["prompt", "Or try again, and allow them when the browser asks."],
  ["denied", "Click the sign left of the address, and switch camera and microphone on."],
]) {
  test(`a person without access is told the way on, permission: ${permission}`, async (t) => {
    const call = await start(t, { address: LINK, devices: "refused", permission });
    const lead = "No access to camera and microphone. You see and hear the other side; they do not " +
      "see or hear you.";
    assert.equal(call.text("asking-lead"), `${lead} ${way}`);
    assert.equal(document.getElementById("retry").hidden, false);
  });
}

test("a guest's page loaded again says end-of-candidates as soon as it is attached", async (t) => {
  const call = await start(t, { state: KEPT });
  const said = () => call.socket().messages.map(({ type, candidate }) => [type, candidate]);
  assert.deepEqual(said(), [["candidate", null]]);
  call.socket().lose();
  t.mock.timers.tick(3000);
  await call.accept();
  assert.deepEqual(said(), [], "once");
});

for (const [who, options] of [
  ["who opens a link", { address: LINK }],
  ["who made it", { state: { ...KEPT, initiator: true } }],
]) {
  test(`${who} does not say so`, async (t) => {
    const call = await start(t, options);
    assert.notEqual(call.socket().messages[0]?.type, "candidate");
  });
}
