/** What else there is in a call, and where the own picture is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, install, installPage, load, settle } from "./browser.mjs";

const Devices = await load("Media/Devices.mjs");
const Menu = await load("Ui/Menu.mjs");
const OwnPicture = await load("Ui/OwnPicture.mjs");

const CAMERAS = [
  { kind: "videoinput", deviceId: "front", label: "Front" },
  { kind: "videoinput", deviceId: "back", label: "Back" },
];
const MICROPHONE = { kind: "audioinput", deviceId: "one", label: "Built-in" };
const SPEAKERS = ["a", "b"].map((id) => ({ kind: "audiooutput", deviceId: id, label: id }));

async function open(t, all, page = {}) {
  const document = installPage(t);
  Object.assign(document, page);
  Object.assign(navigator, { mediaDevices: { enumerateDevices: async () => all } });
  install(t, { Option: optionOf(document) });
  const chosen = [];
  const devices = new Devices({ logger: new FakeLogger() });
  const menu = new Menu({ devices });
  menu.bind({ onDevice: (...choice) => chosen.push(choice) });
  document.getElementById("more").click();
  await settle();
  const shown = () =>
    [...document.querySelectorAll("#menu label, #menu button")]
      .filter((one) => !one.hidden)
      .map((one) => one.querySelector?.("select")?.id ?? one.id);
  return { document, menu, chosen, shown, panel: document.getElementById("menu") };
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
  assert.deepEqual(shown(), ["camera-choice", "help-menu", "menu-close"]);
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
  assert.deepEqual(shown(), ["full-screen", "small-picture", "help-menu", "menu-close"]);
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
  assert.deepEqual(shown(), ["camera-choice", "speaker", "help-menu", "menu-close"]);
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
  assert.deepEqual(shown(), ["help-menu", "menu-close"]);
});

function ownPicture(t, phase = "live") {
  const document = installPage(t);
  document.getElementById("app").dataset.phase = phase;
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
  const press = (key) => {
    const event = Object.assign(new document.defaultView.Event("keydown"), { key });
    tile.dispatchEvent(event);
  };
  return { document, own, tile, moved, press };
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

test("before the call it fills the screen, and stays", (t) => {
  const { moved, press } = ownPicture(t, "joining");
  press("ArrowLeft");
  assert.deepEqual(moved, {});
});

test("only a camera that looks at the person is a mirror", (t) => {
  const { own, tile } = ownPicture(t);
  const track = (facingMode) => ({ getSettings: () => ({ facingMode }) });
  for (const [facing, back] of [["environment", true], ["user", false], [undefined, false]]) {
    own.show(track(facing));
    assert.equal(tile.hasAttribute("data-back"), back, facing);
  }
});
