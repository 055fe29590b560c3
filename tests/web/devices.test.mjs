/** The devices of a call as the person meets them: lost, back again, switched off. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { FakeStream, FakeTrack, SESSION, settle } from "./browser.mjs";
import { offer } from "./peer.mjs";

for (const address of [LINK, undefined]) {
  const who = address ? "whoever opened the link" : "the initiator";
  test(`a device that is lost in a call is told, and comes back: ${who}`, async (t) => {
    const call = await start(t, { address });
    if (address) {
      await call.receive(offer("x"));
    } else {
      await call.connect();
      await call.receive({ type: "answer", sdp: "a=ice-pwd:x" });
    }
    call.pc().become("connected");
    const { mute, camera, local } = elements("mute", "camera", "local");
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("", "NotReadableError");
    };
    call.tracks[1].end();
    await settle();
    assert.deepEqual([mute.disabled, camera.disabled], [false, true]);
    assert.ok(local.hasAttribute("data-off"));
    assert.deepEqual(call.toasts(), [
      "The camera has stopped: they cannot see you. Trying again…",
    ]);
    navigator.mediaDevices.getUserMedia = async () => new FakeStream([new FakeTrack("video")]);
    t.mock.timers.tick(5000);
    await settle();
    assert.equal(call.pc().log.at(-1), "other video");
    assert.equal(camera.disabled, false);
    assert.ok(!local.hasAttribute("data-off"));
    assert.deepEqual(call.toasts(), ["They can see you again."]);
  });
}

test("a microphone that the system has muted is told, and so is that it is free", async (t) => {
  const call = await start(t);
  call.tracks[0].muted = true;
  await call.connect();
  const { mute } = elements("mute");
  assert.equal(mute.disabled, true);
  assert.deepEqual(call.toasts(), [
    "The system has muted the microphone, perhaps for another app: they cannot hear you.",
  ]);
  call.tracks[0].mute(false);
  assert.equal(mute.disabled, false);
  assert.deepEqual(call.toasts(), ["They can hear you again."]);
});

test("what is switched off is kept for a reload, and forgotten with the session", async (t) => {
  const call = await start(t, { address: LINK });
  await call.click("mute");
  await call.click("camera");
  assert.deepEqual(history.state.off, ["audio", "video"]);
  await call.click("camera");
  assert.deepEqual(history.state.off, ["audio"]);
  await call.click("hangup");
  assert.equal(history.state, null);
});

for (const devices of [true, false]) {
  test(`who was muted and unseen is so after a reload; devices: ${devices}`, async (t) => {
    const off = ["audio", "video"];
    const state = { sessionId: SESSION, initiator: false, from: "mark", off };
    const call = await start(t, { state, devices });
    const { mute, camera, local } = elements("mute", "camera", "local");
    const pressed = [mute, camera].map((button) => button.getAttribute("aria-pressed"));
    assert.deepEqual(pressed, ["true", "true"]);
    assert.deepEqual([mute.disabled, camera.disabled], [!devices, !devices]);
    assert.ok(local.hasAttribute("data-off"));
    await call.receive(offer("x"));
    assert.deepEqual(call.tracks.map((track) => track.enabled), [!devices, !devices]);
  });
}

test("a device that is plugged in later is told of, once, with what to do", async (t) => {
  const call = await start(t, { address: LINK, devices: false });
  await call.click("join");
  await call.accept();
  await call.receive(offer("x"));
  call.pc().become("connected");
  const { mediaDevices } = navigator;
  for (const kinds of [[], ["audiooutput"], ["audiooutput", "audioinput"], ["audioinput"]]) {
    mediaDevices.enumerateDevices = async () => kinds.map((kind) => ({ kind }));
    mediaDevices.dispatchEvent(new Event("devicechange"));
    await settle();
    const told = kinds.includes("audioinput");
    const sentence = "There is a microphone now. To use it, load the page again.";
    assert.deepEqual(call.toasts(), told ? [sentence] : []);
  }
  assert.ok(elements("mute").mute.disabled, "the call has no sender for it");
});

function elements(...ids) {
  return Object.fromEntries(ids.map((id) => [id, document.getElementById(id)]));
}
