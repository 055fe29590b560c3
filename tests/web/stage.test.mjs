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

function watchPictures(t, { counts = true } = {}) {
  const document = installPage(t);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const remote = document.getElementById("remote-video");
  const page = { document, remote, phase: document.getElementById("app").dataset };
  const onPicture = [];
  if (counts) remote.requestVideoFrameCallback = (callback) => onPicture.push(callback);
  page.phase.phase = "live";
  page.stage = startStage();
  page.stage.showRemote(new FakeStream([new FakeTrack("audio"), new FakeTrack("video")]));
  /** Whether a picture is shown after some looks, before each of which one comes, or none. */
  page.look = (looks, comes = false) => {
    for (let look = 0; look < looks; look += 1) {
      if (comes) onPicture.splice(0).forEach((callback) => callback());
      t.mock.timers.tick(1000);
    }
    return document.getElementById("stage").hasAttribute("data-picture");
  };
  return page;
}

test("a picture that stands still is told, until it moves again", (t) => {
  const page = watchPictures(t);
  assert.equal(page.look(20, true), true);
  assert.equal(page.look(4), true);
  assert.equal(page.look(1), false);
  assert.equal(page.look(10), false);
  assert.equal(page.look(1, true), true);
  page.stage.clear();
  assert.equal(page.look(20, true), false);
});

test("a picture that never comes is told, too", (t) => {
  const page = watchPictures(t);
  assert.equal(page.look(4), true);
  assert.equal(page.look(1), false);
});

test("a picture that nobody could see, or that the network keeps, is not told of", (t) => {
  const page = watchPictures(t);
  page.look(1, true);
  for (const [owner, name, kept, live] of [
    [page.document, "visibilityState", "hidden", "visible"],
    [page.remote, "paused", true, false],
    [page.phase, "phase", "weak", "live"],
  ]) {
    owner[name] = kept;
    assert.equal(page.look(20), true);
    owner[name] = live;
    assert.equal(page.look(4), true);
  }
  assert.equal(page.look(1), false);
});

test("a browser that does not tell of pictures tells of none that is missing", (t) => {
  assert.equal(watchPictures(t, { counts: false }).look(20), true);
});
