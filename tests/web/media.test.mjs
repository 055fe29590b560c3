import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, FakeStream, install, settle } from "./browser.mjs";
import { Arrivals, kindsOf, Manager, Opener, start } from "./media.mjs";

/** Ready the devices, with all the time that it takes. */
async function prepared(t, manager) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const preparing = manager.prepare();
  await settle();
  t.mock.timers.tick(500);
  return preparing;
}

test("camera and microphone are asked for together, once", async (t) => {
  const { manager, asked } = start(t, {});
  const { stream, missing } = await manager.prepare();
  assert.deepEqual(asked, ["audio+video"]);
  assert.deepEqual(kindsOf(stream), ["audio", "video"]);
  assert.deepEqual(missing, { audio: null, video: null });
});

for (const [name, why] of [
  ["NotFoundError", "absent"],
  ["NotReadableError", "busy"],
]) {
  test(`${name} of the camera leaves the microphone`, async (t) => {
    const { manager } = start(t, { video: name });
    const { stream, missing } = await prepared(t, manager);
    assert.deepEqual(kindsOf(stream), ["audio"]);
    assert.deepEqual(missing, { audio: null, video: why });
  });

  test(`${name} of the microphone leaves the camera`, async (t) => {
    const { manager } = start(t, { audio: name });
    const { stream, missing } = await prepared(t, manager);
    assert.deepEqual(kindsOf(stream), ["video"]);
    assert.deepEqual(missing, { audio: why, video: null });
  });
}

test("a camera that is let go a moment later is there, with the plainest wish", async (t) => {
  const devices = { video: "NotReadableError" };
  const { manager, wishes } = start(t, devices);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const preparing = manager.prepare();
  await settle();
  devices.video = null;
  t.mock.timers.tick(500);
  const { stream, missing } = await preparing;
  assert.deepEqual(kindsOf(stream), ["audio", "video"]);
  assert.deepEqual(missing, { audio: null, video: null });
  assert.deepEqual(wishes.at(-1), { video: true });
});

test("without any device the stream is empty, and that is no failure", async (t) => {
  const { manager } = start(t, { audio: "NotFoundError", video: "NotFoundError" });
  const { stream, missing } = await manager.prepare();
  assert.deepEqual(kindsOf(stream), []);
  assert.deepEqual(missing, { audio: "absent", video: "absent" });
});

test("a person who has said no is not asked again", async (t) => {
  const denied = { audio: "NotAllowedError", video: "NotAllowedError" };
  const { manager, asked } = start(t, denied, { microphone: "prompt", camera: "prompt" });
  const { missing } = await manager.prepare();
  assert.deepEqual(asked, ["audio+video"]);
  assert.deepEqual(missing, { audio: "denied", video: "denied" });
});

test("where only the camera is forbidden the microphone is taken", async (t) => {
  const states = { microphone: "granted", camera: "denied" };
  const { manager } = start(t, { video: "NotAllowedError" }, states);
  const { stream, missing } = await manager.prepare();
  assert.deepEqual(kindsOf(stream), ["audio"]);
  assert.deepEqual(missing, { audio: null, video: "blocked" });
});

test("a browser that does not know the permission names is asked device by device", async (t) => {
  const { manager, asked } = start(t, { video: "NotAllowedError" });
  await manager.prepare();
  assert.deepEqual(asked, ["audio+video", "audio", "video"]);
});

test("a page without mediaDevices still gets an empty stream", async (t) => {
  install(t, { MediaStream: FakeStream, document: new EventTarget(), navigator: {} });
  const opener = new Opener({ logger: new FakeLogger() });
  const manager = new Manager({ arrivals: new Arrivals(), opener });
  const { stream, missing } = await manager.prepare();
  assert.deepEqual(kindsOf(stream), []);
  assert.deepEqual(missing, { audio: "unsupported", video: "unsupported" });
});

test("release stops the tracks, also those that come after it", async (t) => {
  const { manager, opened } = start(t, {});
  await manager.prepare();
  manager.release();
  const late = manager.prepare();
  manager.release();
  const { stream } = await late;
  assert.deepEqual(opened.map((track) => track.stopped), [true, true, true, true]);
  assert.deepEqual(kindsOf(stream), []);
});

test("a microphone is switched off and on without closing it", async (t) => {
  const { manager } = start(t, { video: "NotFoundError" });
  const { stream } = await manager.prepare();
  const [track] = stream.getTracks();
  manager.setEnabled("audio", false);
  assert.deepEqual([track.enabled, track.stopped], [false, false]);
  manager.setEnabled("audio", true);
  assert.deepEqual([track.enabled, track.stopped], [true, false]);
  manager.setEnabled("video", false); // there is none
});
