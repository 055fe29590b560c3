/**
 * The client against MDN's compatibility data: what it uses, and a target lacks, is in GUARDED with
 * what there is instead. tests/e2e/test_older_browsers.py takes the same out of real browsers.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingIn, read, usedByClient } from "./compat/client.mjs";
import { find, support, TARGETS } from "./compat/data.mjs";
import { GUARDED } from "./compat/guarded.mjs";
import { usedByStyle, withoutFeatures } from "./compat/style.mjs";
import { syntaxOfScript } from "./compat/syntax.mjs";

const { used, unknown, idle } = usedByClient();

test("what no type tells of is told by hand, and nothing else", () => {
  assert.deepEqual([...unknown], []);
  assert.deepEqual(idle, []);
});

test("the client is read as a whole", () => {
  const known = [
    "api.Navigator.clipboard",
    "api.RTCPeerConnection.addTransceiver",
    "api.RTCRtpSender.replaceTrack",
    "api.HTMLMediaElement.srcObject",
    "api.Crypto.getRandomValues",
    "api.MediaDevices.devicechange_event",
    "javascript.builtins.Promise.allSettled",
    "javascript.classes.private_class_methods",
    "css.types.clamp",
    "css.selectors.is",
    "html.elements.video.playsinline",
  ];
  assert.deepEqual(known.filter((path) => !used.has(path)), []);
  assert.deepEqual([...used.keys()].filter((path) => !find(path)), []);
});

for (const target of Object.keys(TARGETS)) {
  test(`what ${target} ${TARGETS[target]} lacks is guarded, and nothing else`, () => {
    const guarded = GUARDED.flatMap(({ lacks }) => lacks[target] ?? []).sort();
    const missing = missingIn(used, target).sort();
    const places = missing.map((path) => `${path}: ${[...used.get(path)].join(" ")}`);
    assert.deepEqual(missing, guarded, places.join("\n"));
  });
}

test("the data is asked as MDN means it", () => {
  const told = [
    ["api.Crypto.getRandomValues", "safari_ios", "whole"],
    ["api.Crypto.randomUUID", "safari_ios", "none"], // 15.4
    ["api.Crypto.randomUUID", "chrome", "whole"], // 92
    ["api.Navigator.share", "chrome", "part"], // on two systems until 128
    ["css.properties.scrollbar-width", "safari_ios", "none"], // behind a switch, then 18.2
  ];
  for (const [path, target, expected] of told) assert.equal(support(path, target), expected, path);
});

test("late.js is in what browsers of 2016 can read", () => {
  assert.deepEqual([...syntaxOfScript("late.js", read("late.js")).keys()], []);
});

test("newer syntax is found", () => {
  const lines = [
    "class A { static { f(); } static b = 1; #c; has(x) { return #c in x; } }",
    "a ??= b ||= c; /(?<=d)(?<e>f)/v; await g?.();",
  ];
  const found = [...syntaxOfScript("x.mjs", lines.join("\n")).keys()];
  assert.deepEqual(found.sort(), [
    "javascript.builtins.RegExp.unicodeSets",
    "javascript.classes.private_class_fields",
    "javascript.classes.private_class_fields_in",
    "javascript.classes.public_class_fields",
    "javascript.classes.static.class_fields",
    "javascript.classes.static.initialization_blocks",
    "javascript.operators.await.top_level",
    "javascript.operators.logical_or_assignment",
    "javascript.operators.nullish_coalescing_assignment",
    "javascript.operators.optional_chaining",
    "javascript.regular_expressions.lookbehind_assertion",
    "javascript.regular_expressions.named_capturing_group",
  ]);
  assert.deepEqual(found.filter((path) => !find(path)), []);
});

test("a style sheet is read as a browser reads it that lacks something", () => {
  const sheet = `
    .a { height: 100vh; height: 100dvh; inset: 0 }
    .b:has(.c) { color: red }
    @container (width > 1px) { .d { color: red } }
    @media (hover: hover) { .e { text-wrap: balance } }
  `;
  const features = [...usedByStyle("x.css", sheet).keys()];
  const newer = [
    "css.types.length.viewport_percentage_units_dynamic",
    "css.properties.text-wrap.balance",
    "css.selectors.has",
    "css.at-rules.container",
  ];
  assert.deepEqual(newer.filter((path) => !features.includes(path)), []);
  const left = withoutFeatures(sheet, new Set(newer));
  assert.equal(left, ".a{height:100vh;inset:0}@media (hover:hover){.e{}}");
});
