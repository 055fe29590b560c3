/** What is served: vendored copies, the wiring, the page's own lists, the CSP, the icons. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { installPage, load, STATIC } from "./browser.mjs";

const ROOT = new URL("../../", import.meta.url);
const read = (name, base = STATIC) => readFileSync(new URL(name, base));
const lock = JSON.parse(read("package-lock.json", ROOT));
const html = read("index.html").toString();
const modules = readdirSync(new URL("app/", STATIC), { recursive: true })
  .filter((name) => name.endsWith(".mjs"))
  .map((name) => `app/${name}`);

for (const [file, name, source] of [
  ["vendor/qrcode-generator/qrcode.mjs", "qrcode-generator", "dist/qrcode.mjs"],
]) {
  test(`${file} is the file of the pinned package`, () => {
    const packaged = new URL(`node_modules/${name}/`, ROOT);
    const { version } = JSON.parse(read("package.json", packaged));
    assert.equal(version, lock.packages[`node_modules/${name}`].version);
    assert.ok(read(file).equals(read(source, packaged)));
    assert.ok(read("vendor/README.md").includes(`| ${version} |`));
  });
}

test("every class has the name that its place gives it", async (t) => {
  installPage(t);
  for (const file of modules) {
    const exported = await load(file.slice("app/".length));
    if (!exported.name?.startsWith("HomeCall_")) continue;
    const path = file.slice("app/".length, -".mjs".length).replaceAll("/", "_");
    assert.equal(exported.name, `HomeCall_Web_${path}`);
  }
});

test("the page names only what is served", () => {
  const served = new Set(["app.js"]); // what is made of app/
  const manifest = JSON.parse(read("manifest.webmanifest"));
  const named = [...html.matchAll(/(?:href|src)="\/([^"]+)"/g)].map(([, path]) => path);
  const pictures = [...manifest.icons, ...manifest.screenshots];
  for (const path of [...named, ...pictures.map(({ src }) => src.slice(1))]) {
    assert.ok(served.has(path) || existsSync(new URL(path, STATIC)), path);
    assert.doesNotMatch(path, /^(app|styles)\//);
  }
});

test("the icons have the sizes that the manifest gives", () => {
  const size = (name) => read(`icons/${name}`).readUInt32BE(16); // PNG: width in the IHDR chunk
  assert.deepEqual(
    ["icon-192.png", "icon-512.png", "maskable-512.png", "apple-touch-icon.png"].map(size),
    [192, 512, 512, 180],
  );
  const { screenshots } = JSON.parse(read("manifest.webmanifest"));
  const sizes = screenshots.map(({ src }) => `${size(src.slice("/icons/".length))}x`);
  assert.deepEqual(sizes, screenshots.map(({ sizes: given }) => given.replace(/\d+$/, "")));
});

test("a strict Content-Security-Policy has nothing to forbid", () => {
  // What the server puts there is named in the policy by its hash.
  const styled = html.replace("<style></style>", "");
  assert.doesNotMatch(styled, /<style|\sstyle=|\son\w+=|javascript:/i);
  // One that is no script: it does not run (HTML, section 4.12.1).
  const ran = html.replace('<script id="texts" type="application/json"></script>', "");
  assert.doesNotMatch(ran, /<script(?![^>]*\ssrc=)/i);
  const sources = modules.map((file) => read(file).toString()).join();
  assert.doesNotMatch(sources, /\beval\(|new Function|innerHTML|cssText|setAttribute\("style"/);
  assert.doesNotMatch(html + sources, /["'(]\/\/|https?:\/\/(?!www\.w3\.org\/2000\/svg|")/);
});

test("the ids that others rely on are there, once each", () => {
  const ids = ["app", "connect", "share-link", "remote-video", "local-video", "hangup", "mute"];
  for (const id of [...ids, "camera", "toasts"]) {
    assert.equal(html.split(`id="${id}"`).length, 2, id);
  }
});

/** Such as `##.share-buttons` of "Fanboy's Social Blocking List", which ad blockers bring along. */
const HIDDEN = /share|sharing|social|follow|tweet|banner|sponsor|(^|[-_])ads?([-_]|$)/i;
/** What others rely upon, and the one word alone: neither is in that list. */
const KNOWN = ["share-link", "share"];

test("nothing in the page has a name that lists of ad blockers hide", (t) => {
  const document = installPage(t);
  const names = [...document.querySelectorAll("[id], [class]")].flatMap(({ id, classList }) => [
    ...(id ? [id] : []), ...classList,
  ]);
  assert.ok(names.includes("share-link"));
  assert.deepEqual(names.filter((name) => HIDDEN.test(name) && !KNOWN.includes(name)), []);
});
