/** What else there is in a call, and where the own picture is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, FakeStream, FakeTrack, install, installPage, load, settle } from "./browser.mjs";

const Devices = await load("Media/Devices.mjs");
const Level = await load("Media/Level.mjs");
const Torch = await load("Media/Torch.mjs");
const AudioSession = await load("Media/AudioSession.mjs");
const Menu = await load("Ui/Menu.mjs");
const OwnPicture = await load("Ui/OwnPicture.mjs");

const CAMERAS = [
  { kind: "videoinput", deviceId: "front", label: "Front" },
  { kind: "videoinput", deviceId: "back", label: "Back" },
];
const MICROPHONE = { kind: "audioinput", deviceId: "one", label: "Built-in" };
const SPEAKERS = ["a", "b"].map((id) => ({ kind: "audiooutput", deviceId: id, label: id }));

async function open(t, all, page = {}, camera = null) {
  const document = installPage(t);
  Object.assign(document, page);
  Object.assign(navigator, { mediaDevices: { enumerateDevices: async () => all } });
  install(t, { Option: optionOf(document) });
  const chosen = [];
  const devices = new Devices({ logger: new FakeLogger() });
  const stream = new FakeStream(camera ? [camera] : []);
  const torch = new Torch({ logger: new FakeLogger(), media: { stream } });
  const level = { start: (told) => (level.told = told), stop: () => (level.told = null) };
  const menu = new Menu({ devices, level, torch });
  menu.bind({ onDevice: (...choice) => chosen.push(choice) });
  document.getElementById("more").click();
  await settle();
  const shown = () =>
    [...document.querySelectorAll("#menu label, #menu button")]
      .filter((one) => !one.hidden)
      .map((one) => one.querySelector?.("select, meter")?.id ?? one.id);
  return { document, menu, chosen, level, shown, panel: document.getElementById("menu") };
}

function optionOf(document) {
  return function Option(label, value) {
    const option = document.createElement("option");
    option.textContent = label;
    option.setAttribute("value", value);
    return option;
  };
}

test("only what there is a choice of is in the menu", async (t) => {
  const { document, shown, panel, menu } = await open(t, [...CAMERAS, MICROPHONE, ...SPEAKERS]);
  assert.equal(panel.hidden, false);
  assert.deepEqual(shown(), ["level", "camera-choice", "help-menu", "menu-close"]);
  const labels = [...document.querySelectorAll("#camera-choice option")].map((o) => o.textContent);
  assert.deepEqual(labels, ["Front", "Back"]);
  const more = document.getElementById("more");
  assert.equal(more.getAttribute("aria-expanded"), "true");
  menu.close();
  assert.deepEqual([panel.hidden, more.getAttribute("aria-expanded")], [true, "false"]);
});

test("a browser that can fill the screen, and play in a corner, has a button for each", async (t) => {
  const can = { fullscreenEnabled: true, pictureInPictureEnabled: true };
  const { shown } = await open(t, [], can);
  assert.deepEqual(shown(), ["level", "full-screen", "small-picture", "help-menu", "menu-close"]);
});

test("another camera is asked for, and another loudspeaker taken", async (t) => {
  const sinks = [];
  const remote = { setSinkId: async (id) => sinks.push(id) };
  const { document, chosen, menu, shown } = await open(t, []);
  Object.assign(document.getElementById("remote-video"), remote);
  Object.assign(navigator.mediaDevices, {
    enumerateDevices: async () => [...CAMERAS, ...SPEAKERS],
  });
  menu.close();
  document.getElementById("more").click();
  await settle();
  assert.deepEqual(shown(), ["level", "camera-choice", "speaker", "help-menu", "menu-close"]);
  for (const [id, value] of [["camera-choice", "back"], ["speaker", "b"]]) {
    const select = document.getElementById(id);
    Object.defineProperty(select, "value", { value, configurable: true });
    select.dispatchEvent(new document.defaultView.Event("change"));
  }
  await settle();
  assert.deepEqual([chosen, sinks], [[["camera", "back"]], ["b"]]);
});

test("devices without a name, as before a permission, are no choice", async (t) => {
  const { shown } = await open(t, CAMERAS.map((one) => ({ ...one, label: "", deviceId: "" })));
  assert.deepEqual(shown(), ["level", "help-menu", "menu-close"]);
});

function ownPicture(t) {
  const document = installPage(t);
  const tile = document.getElementById("local");
  const moved = {};
  Object.defineProperty(tile, "style", {
    value: { setProperty: (name, value) => (moved[name] = value) },
  });
  const size = { offsetLeft: 280, offsetTop: 20, offsetWidth: 90, offsetHeight: 120 };
  for (const [name, value] of Object.entries(size)) Object.defineProperty(tile, name, { value });
  const stage = document.getElementById("stage");
  Object.defineProperty(stage, "clientWidth", { value: 390 });
  Object.defineProperty(stage, "clientHeight", { value: 844 });
  const own = new OwnPicture();
  own.bind();
  const handle = document.getElementById("move");
  handle.setPointerCapture = () => {};
  const happen = (type, given) => {
    handle.dispatchEvent(Object.assign(new document.defaultView.Event(type), given));
  };
  const press = (key) => happen("keydown", { key });
  return { own, tile, moved, happen, press };
}

test("the own picture moves by keys, and stays on the stage", (t) => {
  const { moved, press, own } = ownPicture(t);
  press("ArrowLeft");
  press("ArrowDown");
  assert.deepEqual(moved, { "--x": "-16px", "--y": "16px" });
  for (let step = 0; step < 100; step += 1) press("ArrowLeft");
  for (let step = 0; step < 100; step += 1) press("ArrowUp");
  assert.deepEqual(moved, { "--x": "-280px", "--y": "-20px" });
  press("Enter");
  assert.deepEqual(moved, { "--x": "-280px", "--y": "-20px" });
  own.reset();
  assert.deepEqual(moved, { "--x": "0px", "--y": "0px" });
});

test("the own picture follows a finger, and a tap takes it to the other side", (t) => {
  const { moved, happen } = ownPicture(t);
  const touch = (...points) => {
    happen("pointerdown", { pointerId: 1, clientX: 300, clientY: 50 });
    for (const [clientX, clientY] of points) happen("pointermove", { clientX, clientY });
    happen("lostpointercapture", {});
    happen("click", {});
  };
  touch([280, 60], [290, 80]);
  assert.deepEqual(moved, { "--x": "-10px", "--y": "30px" });
  happen("pointermove", { clientX: 0, clientY: 0 });
  assert.deepEqual(moved, { "--x": "-10px", "--y": "30px" });
  touch([303, 52]);
  assert.deepEqual(moved, { "--x": "-260px", "--y": "30px" });
  happen("click", {}); // as a key does
  assert.deepEqual(moved, { "--x": "0px", "--y": "30px" });
});

test("only a camera that looks at the person is a mirror", (t) => {
  const { own, tile } = ownPicture(t);
  const track = (facingMode) => ({ getSettings: () => ({ facingMode }) });
  for (const [facing, back] of [["environment", true], ["user", false], [undefined, false]]) {
    own.show(track(facing));
    assert.equal(tile.hasAttribute("data-back"), back, facing);
  }
});

function cameraWith(settings, capabilities) {
  return Object.assign(new FakeTrack("video"), {
    getCapabilities: () => capabilities,
    getSettings: () => settings,
    applyConstraints: async ({ advanced: [{ torch }] }) => {
      if (settings.isBroken) throw new DOMException("", "UnknownError");
      settings.torch = torch;
    },
  });
}

test("a camera with a light has a button for it, which tells whether it is on", async (t) => {
  const settings = { torch: false };
  const { document, shown } = await open(t, [], {}, cameraWith(settings, { torch: true }));
  assert.ok(shown().includes("torch"));
  const button = document.getElementById("torch");
  const pressed = [];
  for (const isBroken of [false, false, true]) {
    settings.isBroken = isBroken;
    button.click();
    await settle();
    pressed.push(button.getAttribute("aria-pressed"));
  }
  assert.deepEqual([settings.torch, pressed], [false, ["true", "false", "false"]]);
});

test("a camera without a light has none", async (t) => {
  const { shown } = await open(t, [], {}, cameraWith({}, {}));
  assert.ok(!shown().includes("torch"));
});

test("how loud the person is can be seen while the menu is open", async (t) => {
  const { document, level, menu } = await open(t, []);
  level.told(0.4);
  assert.equal(document.getElementById("level").value, 0.4);
  menu.close();
  assert.equal(level.told, null);
});

test("a voice is a level between silence and full scale", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  let amplitude = 0;
  const log = [];
  class AudioContext {
    createAnalyser() {
      return { fftSize: 8, getFloatTimeDomainData: (samples) => samples.fill(amplitude) };
    }

    createMediaStreamSource(stream) {
      return { connect: () => log.push(stream.getTracks().length) };
    }

    close() {
      log.push("closed");
    }
  }
  install(t, { AudioContext, MediaStream: FakeStream });
  const stream = new FakeStream([new FakeTrack("audio")]);
  const logger = new FakeLogger();
  const level = new Level({ logger, media: { stream } });
  const levels = [];
  level.start((one) => levels.push(one));
  for (amplitude of [0, 10 ** (-35 / 20), 1]) t.mock.timers.tick(100);
  level.stop();
  t.mock.timers.tick(1000);
  assert.deepEqual(levels.map((one) => Number(one.toFixed(3))), [0, 0.5, 1]);
  assert.deepEqual(log, [1, "closed"]);
  new Level({ logger, media: { stream: new FakeStream([]) } }).start(() => assert.fail());
  t.mock.method(AudioContext.prototype, "createMediaStreamSource", () => {
    throw new DOMException("", "NotSupportedError");
  });
  assert.doesNotThrow(() => level.start(() => assert.fail()), "sample rates that differ");
});

test("the system is told that a call sounds, and of its end", (t) => {
  const audioSession = { type: "auto" };
  install(t, { navigator: { audioSession } });
  const session = new AudioSession();
  const types = [() => session.begin(true), () => session.begin(false), () => session.end()];
  const told = types.map((step) => step() ?? audioSession.type);
  assert.deepEqual(told, ["play-and-record", "playback", "auto"]);
  install(t, { navigator: {} });
  assert.doesNotThrow(() => session.begin(true));
});
