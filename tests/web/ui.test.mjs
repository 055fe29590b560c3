import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, installPage, load, SESSION, texts as textsOf } from "./browser.mjs";

const Toast = await load("Ui/Toast.mjs");
const Screen = await load("Ui/Screen.mjs");
const Texts = await load("I18n/Texts.mjs");
const ShareLink = await load("Ui/ShareLink.mjs");
const QrCode = await load("Ui/QrCode.mjs");
const Controls = await load("Ui/Controls.mjs");
const Ambient = await load("Ui/Ambient.mjs");
const URL_OF_SESSION = `https://home.example/?session=${SESSION}`;

const shown = () => [...document.querySelectorAll(".toast")].map((one) => one.textContent);

test("a toast says its sentence as text, with its role, and goes by itself", (t) => {
  installPage(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const toast = new Toast();
  toast.info("<b>Copied</b>");
  toast.alert("No camera");
  const roles = [...document.querySelectorAll(".toast")].map((one) => one.getAttribute("role"));
  assert.deepEqual(roles, ["status", "alert"]);
  assert.deepEqual(shown(), ["<b>Copied</b>", "No camera"]);
  t.mock.timers.tick(6000);
  assert.deepEqual(shown(), ["No camera"]);
  t.mock.timers.tick(4000);
  assert.deepEqual(shown(), []);
});

test("a sentence that still stands is not said twice, but stays longer", (t) => {
  installPage(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const toast = new Toast();
  toast.alert("Offline");
  t.mock.timers.tick(9000);
  toast.alert("Offline");
  assert.deepEqual(shown(), ["Offline"]);
  t.mock.timers.tick(9000);
  assert.deepEqual(shown(), ["Offline"]);
  toast.dismiss("Offline");
  assert.deepEqual(shown(), []);
  toast.alert("Offline");
  assert.deepEqual(shown(), ["Offline"]);
});

test("what is wrong is said as long as it is so", (t) => {
  installPage(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const toast = new Toast();
  toast.warn("Offline");
  t.mock.timers.tick(60_000);
  assert.deepEqual(shown(), ["Offline"]);
  toast.dismiss("Offline");
  assert.deepEqual(shown(), []);
});

async function startShare(t, navigatorParts, qrCode = new QrCode()) {
  installPage(t);
  Object.assign(navigator, navigatorParts);
  const said = [];
  const share = new ShareLink({
    env: { shareUrl: () => URL_OF_SESSION },
    qrCode,
    texts: { get: (key) => key },
    toast: { info: (sentence) => said.push(sentence) },
    logger: new FakeLogger(),
  });
  share.bind();
  await share.show(SESSION);
  return { share, said };
}

test("the link stands in #share-link and in a QR code without inline style", async (t) => {
  const { share } = await startShare(t, {});
  assert.equal(document.getElementById("share-link").value, URL_OF_SESSION);
  const svg = document.querySelector("#qr svg");
  assert.equal(svg.getAttribute("aria-label"), "share.qr");
  assert.ok(svg.querySelector("path").getAttribute("d").length > 1000);
  assert.ok(!svg.outerHTML.includes("style"));
  share.clear();
  assert.equal(document.getElementById("share-link").value, "");
  assert.equal(document.querySelector("#qr svg"), null);
});

test("the link is there where its code cannot be loaded, or comes too late", async (t) => {
  const failing = { draw: () => Promise.reject(new TypeError("no network")) };
  await startShare(t, {}, failing);
  assert.equal(document.getElementById("share-link").value, URL_OF_SESSION);
  const { share } = await startShare(t, {});
  const late = share.show(SESSION);
  share.clear();
  await late;
  assert.equal(document.querySelector("#qr svg"), null);
});

test("no share sheet, no button for it; with one it gets the link", async (t) => {
  await startShare(t, {});
  assert.equal(document.getElementById("share").hidden, true);
  const given = [];
  const { share } = await startShare(t, { share: async (data) => given.push(data) });
  assert.equal(document.getElementById("share").hidden, false);
  await share.share();
  assert.deepEqual(given, [{ text: `share.message\n${URL_OF_SESSION}` }]);
});

test("closing the share sheet is no fault", async (t) => {
  const { share, said } = await startShare(t, {
    share: async () => {
      throw new DOMException("", "AbortError");
    },
  });
  await share.share();
  assert.deepEqual(said, []);
});

test("copying says so, and where it is forbidden what to do instead", async (t) => {
  const copied = [];
  const clipboard = { writeText: async (text) => copied.push(text) };
  const allowed = await startShare(t, { clipboard });
  await allowed.share.copy();
  assert.deepEqual([copied, allowed.said], [[URL_OF_SESSION], ["share.copied"]]);
  const forbidden = await startShare(t, {});
  await forbidden.share.copy();
  assert.deepEqual(forbidden.said, ["share.select"]);
});

test("the toggles say their state and can be pressed only where there is a device", (t) => {
  installPage(t);
  const history = [];
  const controls = new Controls();
  controls.bind({
    onMicrophone: (on) => history.push(`microphone ${on}`),
    onCamera: (on) => history.push(`camera ${on}`),
    onHangup: () => history.push("hangup"),
  });
  controls.reset({ available: ["audio"], off: [] });
  const [mute, camera] = ["mute", "camera"].map((id) => document.getElementById(id));
  assert.deepEqual([mute.disabled, camera.disabled], [false, true]);
  mute.click();
  assert.equal(mute.getAttribute("aria-pressed"), "true");
  mute.click();
  assert.equal(mute.getAttribute("aria-pressed"), "false");
  document.getElementById("hangup").click();
  assert.deepEqual(history, ["microphone false", "microphone true", "hangup"]);
});

test("the end says how long the call was", async (t) => {
  installPage(t);
  const texts = new Texts({ server: { texts: async (language) => textsOf(language) } });
  const screen = new Screen({ texts });
  const duration = document.getElementById("end-duration");
  for (const [seconds, text] of [[7, "Duration 0:07"], [75, "Duration 1:15"],
    [3675, "Duration 1:01:15"], [null, ""]]) {
    screen.prepareEnd({ title: "end.me", advice: null, seconds, button: "end.home" });
    screen.enter("end");
    assert.equal(duration.textContent, text);
    assert.equal(duration.hidden, text === "");
  }
  assert.equal(document.getElementById("app").dataset.state, "end");
  await texts.change();
  screen.translate();
  assert.equal(document.documentElement.lang, "ru");
  assert.equal(document.getElementById("end-title").textContent, "Вы завершили разговор");
  assert.equal(document.getElementById("connect").textContent, "Связать");
  assert.equal(document.getElementById("language").lang, "en");
  assert.equal(document.getElementById("hangup").title, "Завершить разговор");
  assert.equal(duration.hidden, true);
});

function startAmbient(t) {
  installPage(t);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const drawn = [];
  const context = {
    clearRect: () => drawn.push("cleared"),
    drawImage: () => drawn.push(context.globalAlpha),
  };
  const few = { getContext: () => ({ drawImage: () => {} }) };
  t.mock.method(document, "createElement", () => few);
  const ambient = new Ambient();
  const canvas = { getContext: () => context, width: 96, height: 64 };
  const start = () => ambient.start({}, canvas);
  return { ambient, start, drawn };
}

test("the glow begins after the first picture, and fades from one to the next", (t) => {
  const { ambient, start, drawn } = startAmbient(t);
  start();
  start(); // the picture has another size
  assert.deepEqual(drawn, ["cleared"]);
  t.mock.timers.tick(1200);
  assert.deepEqual(drawn, ["cleared", 1, 0.4, 0.4]);
  ambient.stop();
  t.mock.timers.tick(1200);
  assert.equal(drawn.length, 4);
});

test("nothing of an earlier call glows in the next one", (t) => {
  const { ambient, start, drawn } = startAmbient(t);
  start();
  t.mock.timers.tick(400);
  ambient.stop();
  start();
  t.mock.timers.tick(400);
  assert.deepEqual(drawn, ["cleared", 1, "cleared", 1]);
});
