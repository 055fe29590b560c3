/** The application as a whole: from the home page and from a link to the end of the call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { SESSION, settle } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer, sdp } from "./peer.mjs";

test("Connect makes a link, offers, and the call lives, is interrupted, lives, ends", async (t) => {
  const call = await start(t);
  const history = [call.phase()];
  await call.connect();
  history.push(call.phase());
  const url = document.getElementById("share-link").value;
  assert.match(url, /^https:\/\/home\.example\/\?session=[0-9a-f-]{36}$/);
  assert.equal(call.socket().messages[0].type, "offer");
  assert.ok(url.endsWith(call.socket().messages[0].sessionId));
  await call.receive({ type: "answer", sdp: "a=ice-pwd:x" });
  for (const state of ["connected", "disconnected", "connected"]) {
    call.pc().become(state);
    history.push(call.phase());
  }
  assert.equal(FakeSocket.all.length, 2, "an interruption may be the socket's, too");
  call.socket().accept();
  t.mock.timers.tick(65_000);
  await call.click("hangup");
  history.push(call.phase());
  const lived = ["call live", "call weak", "call live"];
  assert.deepEqual(history, ["home", "call sharing", ...lived, "end"]);
  assert.equal(call.socket().messages.at(-1).type, "hangup");
  assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true]);
  assert.equal(document.getElementById("end-duration").textContent, "Duration 1:05");
  assert.equal(location.search, "");
  await call.click("again");
  assert.equal(call.phase(), "call sharing", "who made the link makes another one");
  assert.notEqual(document.getElementById("share-link").value, url);
});

test("who opened a link goes back to the home page, and no toast follows", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive({ type: "error", code: "busy", message: "Busy." });
  assert.deepEqual([call.text("end-title"), call.toasts()], ["Another call is going on", ["Busy."]]);
  await call.click("again");
  assert.deepEqual([call.phase(), call.toasts()], ["home", []]);
});

test("a clock that is set in a call does not change how long it was", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  call.pc().become("connected");
  t.mock.method(Date, "now", () => 0);
  t.mock.timers.tick(7000);
  await call.click("hangup");
  assert.equal(document.getElementById("end-duration").textContent, "Duration 0:07");
});

test("whoever opens the link answers the offer without another tap", async (t) => {
  const call = await start(t, { address: LINK });
  assert.equal(call.phase(), "call joining");
  assert.deepEqual(call.socket().messages, []);
  await call.receive(offer("x"));
  assert.equal(call.socket().messages[0].type, "answer");
  await call.receive({ type: "hangup" });
  assert.equal(call.app.dataset.state, "end");
  assert.equal(document.getElementById("end-title").textContent, "The other side ended the call");
});

test("a picture that nobody sees is neither sent nor shown, and the camera is free", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive({ type: "offer", sdp: sdp("x", "sendonly") });
  assert.equal(call.socket().messages[0].type, "answer");
  assert.deepEqual(call.pc().log, ["track audio"]);
  assert.deepEqual(call.tracks.map((track) => track.stopped), [false, true]);
  const hidden = () => ["mute", "camera", "local"].map((id) => document.getElementById(id).hidden);
  assert.deepEqual(hidden(), [false, true, true]);
  await call.click("hangup");
  await call.click("again");
  await call.connect();
  assert.deepEqual(hidden(), [false, false, false]);
});

test("without devices the person is asked, and the call comes up all the same", async (t) => {
  const call = await start(t, { address: LINK, devices: false });
  assert.deepEqual([call.phase(), FakeSocket.all], ["call asking", []]);
  assert.match(call.text("asking-lead"), /^No camera or microphone found/);
  assert.ok(location.search.length > 0, "nothing is taken");
  await call.click("join");
  await call.accept();
  assert.equal(call.phase(), "call joining");
  await call.receive(offer("x"));
  assert.equal(call.socket().messages[0].type, "answer");
  assert.deepEqual(call.toasts(), [], "who was asked knows");
  assert.ok(document.getElementById("mute").disabled);
  assert.ok(document.getElementById("local").hasAttribute("data-off"));
});

test("a dead link shows the server's sentence, the end and what to do", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive({ type: "error", code: "session_ended", message: "The session has ended" });
  assert.equal(call.app.dataset.state, "end");
  assert.deepEqual(call.toasts(), ["The session has ended"]);
  assert.match(document.getElementById("end-advice").textContent, /Scan the code/);
  assert.deepEqual(call.socket().messages, []);
});

test("signal_not_found is a toast for the recipient and nothing to the initiator", async (t) => {
  const error = { type: "error", code: "signal_not_found", message: "No signal found" };
  const recipient = await start(t, { address: LINK });
  await recipient.receive(error);
  assert.deepEqual([recipient.phase(), recipient.toasts()], ["call joining", ["No signal found"]]);
});

test("the initiator is not told of signal_not_found", async (t) => {
  const call = await start(t);
  await call.connect();
  await call.receive({ type: "error", code: "signal_not_found", message: "No signal found" });
  assert.deepEqual([call.phase(), call.toasts()], ["call sharing", []]);
});

test("a loss of signaling is said and taken back, and the call goes on", async (t) => {
  const call = await start(t);
  await call.connect();
  call.socket().lose();
  assert.equal(call.toasts().length, 1);
  t.mock.timers.tick(1000);
  call.socket().accept();
  await settle();
  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual([call.phase(), call.toasts()], ["call sharing", []]);
  assert.deepEqual(call.socket().messages.map(({ type }) => type), ["offer"]);
});

test("the first opening of the socket sends one offer", async (t) => {
  const call = await start(t);
  await call.connect();
  await settle();
  assert.equal(call.socket().messages.filter(({ type }) => type === "offer").length, 1);
});

test("a call that is given up while the browser still asks frees the devices", async (t) => {
  const call = await start(t, { address: LINK });
  await call.click("hangup");
  assert.equal(call.app.dataset.state, "end");
  assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true]);
});

const INITIATOR = { sessionId: SESSION, initiator: true, from: "mark", off: [] };
const RECIPIENT = { ...INITIATOR, initiator: false };

for (const state of [null, INITIATOR, RECIPIENT]) {
  const role = state?.initiator ? "the initiator" : "who opened a link";
  test(`a reload keeps the label of ${role}: ${state?.from ?? "a new one"}`, async (t) => {
    const call = await start(t, state ? { state } : { address: LINK });
    const label = new URL(call.socket().url).searchParams.get("from");
    if (state) assert.equal(label, state.from);
    assert.deepEqual(history.state, { ...RECIPIENT, ...state, from: label });
    assert.equal(location.search, "");
    await call.receive(state?.initiator ? { type: "answer", sdp: "a=ice-pwd:x" } : offer("x"));
    assert.equal(call.socket().messages[0].from, label);
    assert.ok(![...call.stored.values()].join().includes(label));
    await call.click("hangup");
    assert.equal(history.state, null);
  });
}

for (const state of [INITIATOR, RECIPIENT]) {
  test(`a page that is replaced says so and stays away: ${state.initiator}`, async (t) => {
    const call = await start(t, { state });
    await call.receive(state.initiator ? { type: "answer", sdp: "a=ice-pwd:x" } : offer("x"));
    call.pc().become("connected");
    const said = call.socket().messages.length;
    call.socket().lose(4000);
    t.mock.timers.tick(120_000);
    dispatchEvent(new Event("online"));
    await settle();
    const title = document.getElementById("end-title").textContent;
    assert.deepEqual([call.app.dataset.state, title], ["end", "The call goes on in another tab"]);
    assert.deepEqual([FakeSocket.all.length, call.socket().messages.length], [1, said]);
    assert.deepEqual([location.search, history.state], ["", null]);
    assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true]);
  });
}

test("whoever makes a session asks for relays once the socket is open, and offers then", async (t) => {
  const call = await start(t, { config: { sessionLive: true } });
  await call.click("connect");
  assert.deepEqual([call.fetched, call.socket().sent], [["config.json"], []]);
  call.socket().accept();
  await settle();
  const [{ type, sessionId }] = call.socket().messages;
  assert.equal(type, "offer");
  assert.deepEqual(call.fetched, ["config.json", `config.json?session=${sessionId}`]);
});

test("whoever opens a link has asked for relays before, and asks no more", async (t) => {
  const call = await start(t, { address: LINK, config: { sessionLive: true } });
  await call.receive(offer("x"));
  assert.equal(call.socket().messages[0].type, "answer");
  assert.deepEqual(call.fetched, [`config.json?session=${LINK.split("=").at(-1)}`]);
});

test("no UUID, no secure address: a sentence and no call", async (t) => {
  const bad = await start(t, { address: "https://home.example/?session=1" });
  assert.deepEqual([bad.phase(), bad.text("end-title")], ["end", "The link is not complete"]);
  assert.deepEqual(bad.toasts(), ["Invalid session identifier"]);
});

test("without guest sessions there is no button, but the advice to scan", async (t) => {
  await start(t, { config: { guestSessions: false } });
  assert.equal(document.getElementById("connect").hidden, true);
  assert.match(document.getElementById("home-lead").textContent, /^To call, scan the code/);
});

test("nothing is stored", async (t) => {
  const call = await start(t);
  await call.connect();
  await call.click("hangup");
  assert.deepEqual([...call.stored], []);
});

test("a page that opens without the appliance says so, and is loaded again once it answers", async (t) => {
  const call = await start(t, { config: null });
  assert.ok(document.getElementById("connect").hidden);
  assert.match(call.text("home-lead"), /^The appliance does not answer/);
  const reload = t.mock.fn();
  location.reload = reload;
  t.mock.timers.tick(5000);
  await settle();
  assert.equal(reload.mock.callCount(), 0);
  call.config = {};
  t.mock.timers.tick(5000);
  await settle();
  assert.equal(reload.mock.callCount(), 1);
});

for (const [guestSessions, phase] of [[true, "call sharing"], [false, "home"]]) {
  test(`the shortcut of an installed application, guest sessions: ${guestSessions}`, async (t) => {
    const options = { address: "https://home.example/#connect", config: { guestSessions } };
    const call = await start(t, options);
    assert.equal(call.phase(), phase);
  });
}
