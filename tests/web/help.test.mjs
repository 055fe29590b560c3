/** The sheet of help: what this page knows of comes first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { installPage, load, settle, texts } from "./browser.mjs";

const Texts = await load("I18n/Texts.mjs");
const Help = await load("Core/Help.mjs");
const en = texts("en");
const FINE = { lacking: "", off: [], isSilent: false, isWeak: false };

function help(t, env = {}) {
  installPage(t);
  const browser = { allowing: "allow.other" };
  return new Help({ browser, env, texts: new Texts({ server: {} }) });
}

test("each sentence of it is said to somebody", (t) => {
  const said = new Set();
  for (const env of [{}, { homeOnly: true, trustPage: "http://home.example:8080/" }]) {
    const one = help(t, env);
    const trouble = { lacking: "No camera.", off: [], isSilent: true, isWeak: true };
    for (const now of [FINE, trouble, { ...FINE, off: ["audio", "video"] }]) {
      const lines = one.of(now).flatMap((entry) => [entry.title, ...entry.lines]);
      lines.forEach((line) => said.add(line));
    }
  }
  const own = ["help.open", "help.title"];
  const all = Object.keys(en).filter((key) => key.startsWith("help.") && !own.includes(key));
  const expected = [...all, "allow.other"].map((key) => en[key]);
  assert.deepEqual([...said].sort(), [...expected, "No camera."].sort());
});

test("what is known comes first, and is marked", (t) => {
  const entries = help(t).of({ ...FINE, isWeak: true });
  assert.deepEqual(entries.map(({ isKnown }) => isKnown), [true, false, false, false]);
  assert.equal(entries[0].title, en["help.picture"]);
  assert.deepEqual(help(t).of(FINE).map(({ isKnown }) => isKnown), Array(4).fill(false));
});

test("who has no access is told where to allow it, and who is muted to press the button", async (t) => {
  const call = await start(t, { address: LINK, devices: "refused", permission: "denied" });
  await call.click("join");
  await call.accept();
  await call.click("help-menu");
  const sheet = document.getElementById("help");
  const first = () => document.querySelector("#help section[data-known]").textContent;
  assert.equal(sheet.hidden, false);
  assert.match(first(), /^They do not hear or see me.*No access.*Click the sign left/);
  assert.equal(call.app.inert, true, "nothing else can be reached");
  document.dispatchEvent(Object.assign(new document.defaultView.Event("keydown"), { key: "Escape" }));
  await settle();
  assert.deepEqual([sheet.hidden, call.app.inert], [true, false]);
});

test("the page that helps to trust the appliance is a link", async (t) => {
  const call = await start(t, { address: "https://home.example/", config: { trustPort: 8080 } });
  await call.click("help-home");
  assert.equal(document.querySelector("#help a").href, "http://home.example:8080/");
  await call.click("help-close");
  assert.equal(document.getElementById("help").hidden, true);
});
