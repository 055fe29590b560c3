/** protocol.md, section 8, as far as no other test holds it: tests/protocol/test_section_8.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { FakeStream, install, SESSION, settle } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer } from "./peer.mjs";

const ANSWER = { type: "answer", sdp: "a=ice-pwd:x" };
const OFFER = offer("x");

test("media are prepared before the offer, and no connection is described until the answer", async (t) => {
  const call = await start(t);
  await call.connect();
  assert.deepEqual(call.pc().log, ["sendrecv audio", "sendrecv video"]);
  assert.equal(call.pc().remoteDescription, null);
  await call.receive(ANSWER);
  assert.equal(call.pc().remoteDescription.type, "answer");
  assert.equal(FakePeerConnection.all.length, 1);
});

test("whoever opens a link attaches once the devices are ready", async (t) => {
  const call = await start(t, { address: LINK, devices: "asked" });
  assert.equal(FakeSocket.all.length, 0);
  call.allow(new FakeStream(call.tracks));
  await settle();
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(call.phase(), "call joining");
});

test("whoever makes a link holds a place before it can be opened, and offers later", async (t) => {
  const call = await start(t, { devices: "asked" });
  await call.connect();
  assert.deepEqual([FakeSocket.all.length, call.socket().sent], [1, []]);
  call.allow(new FakeStream(call.tracks));
  await settle();
  assert.equal(call.socket().messages[0].type, "offer");
});

test("whoever opens a link attaches by the handshake and waits for the offer", async (t) => {
  const call = await start(t, { address: LINK });
  assert.equal(new URL(call.socket().url).searchParams.get("sessionId"), SESSION);
  assert.deepEqual([call.socket().sent, FakePeerConnection.all], [[], []]);
  await call.receive(OFFER);
  assert.equal(call.socket().messages[0].type, "answer");
});

test("a link in capital letters names the same session", async (t) => {
  const call = await start(t, { address: LINK.replace(SESSION, SESSION.toUpperCase()) });
  call.socket().receive({ ...OFFER, sessionId: SESSION });
  await settle();
  assert.equal(call.socket().messages[0].type, "answer");
});

for (const [name, end] of Object.entries({
  "hanging up": (call) => call.click("hangup"),
  "the other's hangup": (call) => call.receive({ type: "hangup" }),
  "a final error": (call) => call.receive({ type: "error", code: "session_ended", message: "." }),
})) {
  test(`${name} closes the socket deliberately and shows the end`, async (t) => {
    const call = await start(t, { address: LINK });
    await call.receive(OFFER);
    await end(call);
    assert.deepEqual([call.socket().closedWith, call.app.dataset.state], [1000, "end"]);
    t.mock.timers.tick(120_000);
    assert.equal(FakeSocket.all.length, 1);
  });
}

test("what fails inside is told as a sentence of ours, without what failed", async (t) => {
  const call = await start(t, { address: LINK });
  t.mock.method(FakePeerConnection.prototype, "setRemoteDescription", async () => {
    throw new DOMException("sekret at line 7", "OperationError");
  });
  await call.receive(OFFER);
  const said = [call.text("status"), ...call.toasts()];
  assert.doesNotMatch(said.join(), /sekret|OperationError|DOMException/);
  assert.match(said[0], /^Still connecting… .*\.$/);
});

test("a whole call leaves its session in no storage, no cache and no database", async (t) => {
  const written = [];
  const note = (...values) => written.push(JSON.stringify(values));
  const call = await start(t);
  const database = { open: note, deleteDatabase: note, databases: async () => [] };
  const caches = { open: note, delete: note, keys: async () => [] };
  install(t, { indexedDB: database, caches });
  await call.connect();
  const { sessionId } = call.socket().messages[0];
  assert.equal(history.state.sessionId, sessionId);
  assert.equal(location.search, "");
  await call.receive(ANSWER);
  call.pc().become("connected");
  call.socket().lose();
  t.mock.timers.tick(1000);
  call.socket().accept();
  for (const message of [
    { type: "surprise" }, { type: "error", code: "internal", message: sessionId }, OFFER,
    { type: "candidate", candidate: { candidate: "bad" } },
  ]) {
    await call.receive(message);
  }
  await call.click("hangup");
  await call.click("again");
  written.push(...[...call.stored].flat(), document.cookie ?? "", location.search);
  assert.deepEqual(written.filter((text) => text.includes(sessionId)), []);
  const logged = call.logs.flatMap(({ mock }) => mock.calls.map((one) => one.arguments.join()));
  const told = logged.filter((line) => line.includes(sessionId));
  assert.ok(told.length > 5);
  assert.ok(told.every((line) => line.includes(`. SESSION_ID=${sessionId} SIGNAL_TYPE=`)));
});
