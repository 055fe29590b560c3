/** Devices that are lost in a call, and come back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./browser.mjs";
import { kindsOf, start, watch } from "./media.mjs";

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

test("a question that stands when a call ends does not hinder the next one", async (t) => {
  const devices = {};
  const { manager, opened } = start(t, devices);
  await manager.prepare(watch().handlers);
  const { getUserMedia } = navigator.mediaDevices;
  navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
  opened[0].end();
  navigator.mediaDevices.getUserMedia = getUserMedia;
  const { told, handlers } = watch();
  await manager.prepare(handlers);
  opened.at(-2).end();
  await settle();
  assert.deepEqual(told, ["audio ended", "track audio", "audio live"]);
});
