import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { installPage, load, STATIC, texts as textsOf } from "./browser.mjs";

const [ru, en] = ["ru", "en"].map(textsOf);
const Texts = await load("I18n/Texts.mjs");
const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

test("both languages have the same keys, with the same placeholders, and nothing is empty", () => {
  assert.deepEqual(Object.keys(ru).sort(), Object.keys(en).sort());
  for (const key of Object.keys(ru)) {
    assert.deepEqual(placeholders(ru[key]), placeholders(en[key]), key);
    assert.ok(ru[key].trim() && en[key].trim(), key);
    const [own, foreign] = key === "page.other" ? [en, ru] : [ru, en]; // the name of the other
    assert.match(own[key], /[а-яё]/i, key);
    assert.doesNotMatch(foreign[key], /[а-яё]/i, key);
  }
});

test("every text that the page names exists, and every text is named somewhere", (t) => {
  const document = installPage(t);
  const named = [...document.querySelectorAll("[data-text], [data-label]")];
  for (const { dataset } of named) assert.ok(en[dataset.text ?? dataset.label], dataset.text);
  const app = new URL("app/", STATIC);
  const sources = readdirSync(app, { recursive: true })
    .filter((name) => name.endsWith(".mjs") && name !== "I18n/Texts.mjs")
    .map((name) => readFileSync(new URL(name, app), "utf8"));
  document.getElementById("texts").remove();
  const all = sources.join() + document.toString();
  const composed = [
    /^end\.[a-z_]+/,
    /^(error|media|notice\.rejected|allow|help)\./,
    /^home\.(insecure|unsupported|unreached)/,
    /^call\.\w+\.slow/,
  ];
  for (const key of Object.keys(en)) {
    assert.ok(composed.some((one) => one.test(key)) || all.includes(key), key);
  }
});

test("no heading of an end says what the server says in a toast beside it", () => {
  const protocol = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
  const table = [...protocol.matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \|/gm)];
  const told = table.filter(([, code]) => `end.${code}` in en);
  assert.ok(told.length >= 4);
  for (const [, code, russian, english] of told) {
    assert.notEqual(ru[`end.${code}`], russian);
    assert.notEqual(en[`end.${code}`], english);
    if (!(`error.${code}` in en)) continue; // found by the server alone
    assert.deepEqual([ru[`error.${code}`], en[`error.${code}`]], [russian, english]);
  }
});

test("placeholders are filled, an unknown key is a fault", (t) => {
  installPage(t);
  const texts = new Texts({ server: {} });
  assert.equal(texts.get("end.duration", { time: "1:02" }), "Duration 1:02");
  assert.throws(() => texts.get("nothing"), RangeError);
});

test("the page goes over to the other language as soon as its texts are there", async (t) => {
  installPage(t);
  const [come, fail] = [async () => ru, async () => Promise.reject(new Error("503"))];
  const server = { texts: fail };
  const texts = new Texts({ server });
  await assert.rejects(texts.change());
  assert.equal(document.cookie, undefined);
  assert.deepEqual([texts.language, texts.other], ["en", "ru"]);
  assert.equal(texts.get("home.connect"), "Connect");
  server.texts = come;
  await texts.change();
  assert.deepEqual([texts.language, texts.other], ["ru", "en"]);
  assert.equal(texts.get("home.connect"), "Связать");
  const cookie = "language=ru; Max-Age=31536000; Path=/; SameSite=Strict; Secure";
  assert.equal(document.cookie, cookie);
});
