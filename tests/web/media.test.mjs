import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, FakeStream, FakeTrack, install, load, settle } from "./browser.mjs";

const Manager = await load("Media/Manager.mjs");
const fault = (name) => new DOMException("", name);

/** @param devices kind → error name or null; @param permissions kind → state */
function start(t, devices, permissions = null) {
  const asked = [];
  const opened = [];
  const statuses = {};
  const mediaDevices = {
    async getUserMedia(constraints) {
      const kinds = Object.keys(constraints);
      asked.push(kinds.join("+"));
      const failing = kinds.find((kind) => devices[kind]);
      if (failing) throw fault(devices[failing]);
      const tracks = kinds.map((kind) => new FakeTrack(kind));
      opened.push(...tracks);
      return new FakeStream(tracks);
    },
  };
  const query = async ({ name }) => {
    if (!permissions) throw new TypeError("unknown name");
    return (statuses[name] ??= { state: permissions[name] });
  };
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const navigator = { mediaDevices, permissions: { query } };
  install(t, { MediaStream: FakeStream, document, navigator });
  return { manager: new Manager({ logger: new FakeLogger() }), asked, opened, statuses };
}

/** What becomes of the devices in a call. */
function watch() {
  const told = [];
  const handlers = {
    onDevice: (kind, why) => told.push(`${kind} ${why ?? "live"}`),
    onTrack: (track) => told.push(`track ${track.kind}`),
  };
  return { told, handlers };
}

const kindsOf = (stream) => stream.getTracks().map((track) => track.kind);

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
    const { stream, missing } = await manager.prepare();
    assert.deepEqual(kindsOf(stream), ["audio"]);
    assert.deepEqual(missing, { audio: null, video: why });
  });

  test(`${name} of the microphone leaves the camera`, async (t) => {
    const { manager } = start(t, { audio: name });
    const { stream, missing } = await manager.prepare();
    assert.deepEqual(kindsOf(stream), ["video"]);
    assert.deepEqual(missing, { audio: why, video: null });
  });
}

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
  assert.deepEqual(missing, { audio: null, video: "denied" });
});

test("a browser that does not know the permission names is asked device by device", async (t) => {
  const { manager, asked } = start(t, { video: "NotAllowedError" });
  await manager.prepare();
  assert.deepEqual(asked, ["audio+video", "audio", "video"]);
});

test("a page without mediaDevices still gets an empty stream", async (t) => {
  install(t, { MediaStream: FakeStream, document: new EventTarget(), navigator: {} });
  const { stream, missing } = await new Manager({ logger: new FakeLogger() }).prepare();
  assert.deepEqual(kindsOf(stream), []);
  assert.deepEqual(missing, { audio: "absent", video: "absent" });
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

test("a kind is switched off and on without closing the device", async (t) => {
  const { manager } = start(t, { video: "NotFoundError" });
  const { stream } = await manager.prepare();
  assert.equal(manager.setEnabled("audio", false), true);
  assert.equal(stream.getTracks()[0].enabled, false);
  assert.equal(stream.getTracks()[0].stopped, false);
  assert.equal(manager.setEnabled("audio", true), true);
  assert.equal(stream.getTracks()[0].enabled, true);
  assert.equal(manager.setEnabled("video", false), false);
});

test("a microphone that ends in a call is told and opened again, as loud as it was", async (t) => {
  const { manager, opened } = start(t, {});
  const { told, handlers } = watch();
  const { stream } = await manager.prepare(handlers);
  manager.setEnabled("audio", false);
  opened[0].end();
  assert.deepEqual(told, ["audio ended"]);
  await settle();
  assert.deepEqual(told, ["audio ended", "track audio", "audio live"]);
  assert.deepEqual([opened[0].stopped, opened[1].stopped], [true, false]);
  assert.deepEqual(stream.getTracks(), [opened[1], opened[2]]);
  assert.equal(opened[2].enabled, false, "who was muted stays muted");
});

test("a device that is not there yet is tried again, and its place is kept", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const devices = {};
  const { manager, opened, asked } = start(t, devices);
  const { told, handlers } = watch();
  const { stream } = await manager.prepare(handlers);
  devices.video = "NotReadableError";
  opened[1].end();
  await settle();
  assert.deepEqual(kindsOf(stream), ["audio", "video"]);
  for (let tries = 0; tries < 3; tries += 1) {
    t.mock.timers.tick(5000);
    await settle();
  }
  assert.deepEqual(asked.slice(1), ["video", "video", "video", "video"]);
  devices.video = null;
  t.mock.timers.tick(5000);
  await settle();
  assert.deepEqual(told, ["video ended", "track video", "video live"]);
  t.mock.timers.tick(60_000);
  assert.equal(asked.length, 6);
});

test("a page that is hidden opens nothing until it is seen again", async (t) => {
  const { manager, opened, asked } = start(t, {});
  const { told, handlers } = watch();
  await manager.prepare(handlers);
  document.visibilityState = "hidden";
  opened[1].end();
  await settle();
  assert.equal(asked.length, 1);
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assert.deepEqual(told, ["video ended", "track video", "video live"]);
});

test("who takes the permission back is told and not asked, until he gives it again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const devices = {};
  const granted = { microphone: "granted", camera: "granted" };
  const { manager, opened, asked, statuses } = start(t, devices, granted);
  const { told, handlers } = watch();
  await manager.prepare(handlers);
  devices.audio = "NotAllowedError";
  opened[0].end();
  await settle();
  t.mock.timers.tick(60_000);
  await settle();
  assert.deepEqual(told, ["audio ended", "audio denied"]);
  assert.equal(asked.length, 2);
  devices.audio = null;
  statuses.microphone.onchange();
  await settle();
  assert.deepEqual(told.slice(2), ["track audio", "audio live"]);
});

test("what the system mutes is told; a page that is seen again soon opens it anew", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, opened } = start(t, {});
  const { told, handlers } = watch();
  await manager.prepare(handlers);
  opened[0].mute(true);
  opened[0].mute(false);
  opened[0].mute(true);
  document.dispatchEvent(new Event("visibilitychange"));
  t.mock.timers.tick(2000);
  await settle();
  assert.deepEqual(told.slice(0, 3), ["audio muted", "audio live", "audio muted"]);
  assert.deepEqual(told.slice(3), ["track audio", "audio live"]);
  assert.equal(opened[0].stopped, true);
});

test("after the call nothing is told and nothing opened", async (t) => {
  const { manager, opened, asked } = start(t, {});
  const { told, handlers } = watch();
  await manager.prepare(handlers);
  manager.release();
  opened[0].mute(true);
  opened[1].end();
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assert.deepEqual([told, asked.length], [[], 1]);
});
