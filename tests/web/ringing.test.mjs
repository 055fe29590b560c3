/** The other side is connected, and its tracks bring nothing yet: nobody has answered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { FakeTrack, settle } from "./browser.mjs";
import { offer } from "./peer.mjs";

async function ring(t) {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  const tracks = ["audio", "video"].map((kind) => new FakeTrack(kind));
  for (const track of tracks) {
    track.muted = true;
    call.pc().ontrack({ track });
  }
  call.pc().become("connected");
  return { call, tracks };
}

test("it rings until something comes, and that is when the call begins", async (t) => {
  const { call, tracks } = await ring(t);
  assert.equal(call.phase(), "call ringing");
  assert.equal(call.text("status"), "Connecting…", "media take a moment in every call");
  t.mock.timers.tick(1000);
  assert.equal(call.text("status"), "Ringing…");
  t.mock.timers.tick(20_000);
  tracks[0].mute(false);
  assert.equal(call.phase(), "call live");
  assert.ok(document.getElementById("status").hidden);
  t.mock.timers.tick(5000);
  await call.receive({ type: "hangup" });
  assert.equal(call.text("end-duration"), "Duration 0:05");
});

test("nobody answers: there was no call", async (t) => {
  const { call } = await ring(t);
  t.mock.timers.tick(45_000);
  await call.receive({ type: "hangup", reason: "no_answer" });
  assert.equal(call.text("end-title"), "Nobody has answered");
  assert.ok(document.getElementById("end-duration").hidden);
});

test("packets count where a browser does not tell of tracks", async (t) => {
  const { call } = await ring(t);
  call.pc().packetsReceived = 3;
  t.mock.timers.tick(500);
  await settle();
  assert.equal(call.phase(), "call live");
});

test("an interruption while it rings does not answer it", async (t) => {
  const { call, tracks } = await ring(t);
  for (const state of ["disconnected", "connected"]) call.pc().become(state);
  assert.equal(call.phase(), "call ringing");
  call.pc().become("disconnected");
  tracks[1].mute(false);
  assert.equal(call.phase(), "call weak");
  call.pc().become("connected");
  assert.equal(call.phase(), "call live");
});

test("media that stop are told before the browser says so, and so is that they are back", async (t) => {
  const { call, tracks } = await ring(t);
  tracks[0].mute(false);
  const history = [];
  for (const packets of [3, 3, 3, 3, 9]) {
    call.pc().packetsReceived = packets;
    t.mock.timers.tick(500);
    await settle();
    history.push(call.phase());
  }
  const live = ["call live", "call live", "call live"];
  assert.deepEqual(history, [...live, "call weak", "call live"]);
});
