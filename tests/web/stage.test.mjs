/** The two pictures: what refuses to play, and what is paused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, FakeStream, FakeTrack, installPage, load, settle } from "./browser.mjs";

const Stage = await load("Ui/Stage.mjs");

function startStage() {
  const stage = new Stage({ ambient: { start() {}, stop() {} }, logger: new FakeLogger() });
  stage.bind();
  return stage;
}

test("where sound needs a tap, the picture plays without it and the tap brings it", async (t) => {
  installPage(t);
  const remote = document.getElementById("remote-video");
  const plays = [];
  remote.play = async () => {
    plays.push(remote.muted ? "silent" : "loud");
    if (!remote.muted && plays.length === 1) throw new DOMException("", "NotAllowedError");
  };
  const stage = startStage();
  const stream = new FakeStream([new FakeTrack("audio")]);
  await stage.showRemote(stream);
  stream.addTrack(new FakeTrack("video"));
  await stage.showRemote(stream);
  const hear = document.getElementById("hear");
  assert.equal(hear.hidden, false);
  hear.click();
  assert.equal(hear.hidden, true);
  assert.deepEqual(plays, ["loud", "silent", "silent", "loud"]);
  assert.equal(remote.srcObject, stream);
  assert.ok(document.getElementById("stage").hasAttribute("data-picture"));
  stage.clear();
  assert.equal(remote.srcObject, null);
});

test("where nothing plays without a tap, it brings the own picture, too", async (t) => {
  installPage(t);
  const [local, remote] = ["local-video", "remote-video"].map((id) => document.getElementById(id));
  let tapped = false;
  const plays = [];
  for (const video of [local, remote]) {
    video.play = async () => {
      if (!tapped) throw new DOMException("", "NotAllowedError");
      plays.push(video.id);
    };
  }
  const stage = startStage();
  stage.showLocal(new FakeStream([new FakeTrack("video")]));
  stage.showRemote(new FakeStream([new FakeTrack("video")]));
  await settle();
  tapped = true;
  document.getElementById("hear").click();
  assert.deepEqual(plays, ["remote-video", "local-video"]);
});

test("a picture that the system pauses goes on, as long as there is a call", async (t) => {
  installPage(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const remote = document.getElementById("remote-video");
  const plays = [];
  remote.play = async () => plays.push("remote");
  const stage = startStage();
  stage.showRemote(new FakeStream([new FakeTrack("video")]));
  const pause = (visibility) => {
    document.visibilityState = visibility;
    remote.dispatchEvent(new globalThis.window.Event("pause"));
    t.mock.timers.tick(500);
  };
  pause("visible");
  assert.equal(plays.length, 2);
  pause("hidden");
  assert.equal(plays.length, 2);
  stage.clear();
  pause("visible");
  assert.equal(plays.length, 2);
});
