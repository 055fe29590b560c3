/** Another device in a call, and a camera that is off. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./browser.mjs";
import { kindsOf, start, watch } from "./media.mjs";

async function call(t, devices = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const world = start(t, devices);
  const { told, handlers } = watch();
  const { stream } = await world.manager.prepare(handlers);
  return { ...world, told, stream, devices };
}

test("a camera that is off is free, after the other side has seen that it is", async (t) => {
  const { manager, stream, opened, told, asked } = await call(t);
  const camera = opened[1];
  manager.setEnabled("video", false);
  assert.deepEqual([camera.enabled, camera.stopped], [false, false]);
  t.mock.timers.tick(1000);
  assert.equal(camera.stopped, true);
  camera.end(); // as some browsers tell of
  assert.deepEqual([told, kindsOf(stream)], [[], ["audio", "video"]]);
  manager.setEnabled("video", true);
  await settle();
  assert.deepEqual(asked, ["audio+video", "video"]);
  assert.deepEqual(told, ["track video"]);
  assert.deepEqual([opened[2].enabled, kindsOf(stream)], [true, ["audio", "video"]]);
});

test("who switches it on again at once has the same one", async (t) => {
  const { manager, opened, asked } = await call(t);
  manager.setEnabled("video", false);
  t.mock.timers.tick(900);
  manager.setEnabled("video", true);
  t.mock.timers.tick(5000);
  await settle();
  assert.deepEqual([opened[1].stopped, asked.length], [false, 1]);
});

test("a camera that another program has meanwhile is told, and tried again", async (t) => {
  const { manager, devices, told } = await call(t);
  manager.setEnabled("video", false);
  t.mock.timers.tick(1000);
  devices.video = "NotReadableError";
  manager.setEnabled("video", true);
  await settle();
  assert.deepEqual(told, ["video ended"]);
  devices.video = null;
  t.mock.timers.tick(5000);
  await settle();
  assert.deepEqual(told, ["video ended", "track video", "video live"]);
});

test("another camera takes the place of the one before, which is let go first", async (t) => {
  const { manager, opened, told, wishes } = await call(t);
  const changing = manager.change("video", { deviceId: { exact: "desk" } });
  assert.equal(opened[1].stopped, true);
  await changing;
  assert.deepEqual(told, ["track video"]);
  assert.deepEqual(wishes[1].video, {
    deviceId: { exact: "desk" }, width: { ideal: 1280 }, height: { ideal: 720 },
  });
});

test("a camera of the front gives way to that of the back, and the other way round", async (t) => {
  const { manager, opened, wishes } = await call(t);
  opened[1].getSettings = () => ({ facingMode: "user" });
  await manager.flip();
  opened[2].getSettings = () => ({ facingMode: "environment" });
  await manager.flip();
  const facing = wishes.slice(1).map(({ video }) => video.facingMode);
  assert.deepEqual(facing, ["environment", "user"]);
});

test("a microphone that cannot be had gives way to the usual one", async (t) => {
  const { manager, devices, told, wishes } = await call(t);
  devices.audio = "OverconstrainedError";
  await manager.change("audio", { deviceId: { exact: "gone" } });
  await settle();
  assert.deepEqual(told, ["audio ended"]);
  devices.audio = null;
  t.mock.timers.tick(5000);
  await settle();
  assert.deepEqual(told, ["audio ended", "track audio", "audio live"]);
  assert.equal(wishes.at(-1).audio.deviceId, undefined);
});

test("what is chosen while the camera is off is opened when it is on again", async (t) => {
  const { manager, wishes } = await call(t);
  manager.setEnabled("video", false);
  t.mock.timers.tick(1000);
  await manager.change("video", { deviceId: { exact: "desk" } });
  assert.equal(wishes.length, 1);
  manager.setEnabled("video", true);
  await settle();
  assert.deepEqual(wishes[1].video.deviceId, { exact: "desk" });
});
