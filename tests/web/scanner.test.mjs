/** The code on the appliance's screen, scanned in an installed application. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, FakeStream, FakeTrack, install, installPage, load, SESSION, settle } from
  "./browser.mjs";

const Scanner = await load("Ui/Scanner.mjs");
const LINK = `https://192.168.1.10/?session=${SESSION}`;

async function open(t, options = {}) {
  const { installed = true, formats = ["qr_code"], allowed = true } = options;
  const document = installPage(t);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const track = new FakeTrack("video");
  const seen = { text: null, opened: [], alerts: [], track };
  class BarcodeDetector {
    static getSupportedFormats = async () => formats;

    async detect() {
      if (seen.text === null) throw new DOMException("", "InvalidStateError");
      return [{ rawValue: seen.text }];
    }
  }
  install(t, { BarcodeDetector, matchMedia: () => ({ matches: installed }) });
  location.assign = (link) => seen.opened.push(link);
  Object.assign(navigator, {
    mediaDevices: {
      getUserMedia: async ({ video }) => {
        if (!allowed) throw new DOMException("", "NotAllowedError");
        assert.equal(video.facingMode, "environment");
        return new FakeStream([track]);
      },
    },
  });
  const toast = { alert: (sentence) => seen.alerts.push(sentence) };
  const scanner = new Scanner({ logger: new FakeLogger(), texts: { get: (key) => key }, toast });
  await scanner.bind();
  const button = document.getElementById("scan");
  const press = async () => {
    button.click();
    await settle();
  };
  const look = async (text) => {
    seen.text = text;
    t.mock.timers.tick(200);
    await settle();
  };
  return { ...seen, seen, document, button, press, look, panel: document.getElementById("scanner") };
}

test("the link of a code is opened, and the camera is free again", async (t) => {
  const { opened, button, press, look, panel, track } = await open(t);
  assert.equal(button.hidden, false);
  await press();
  assert.equal(panel.hidden, false);
  for (const other of [null, "WIFI:S:home;;", "https://shop.example/?session=1",
    LINK.replace("https", "http"), `https://192.168.1.10/x?session=${SESSION}`]) await look(other);
  assert.deepEqual([opened, panel.hidden], [[], false]);
  await look(LINK);
  assert.deepEqual([opened, panel.hidden, track.stopped], [[LINK], true, true]);
  await look(LINK);
  assert.equal(opened.length, 1);
});

test("who closes it has not scanned anything", async (t) => {
  const { document, opened, press, look, panel, track } = await open(t);
  await press();
  document.getElementById("scanner-close").click();
  await look(LINK);
  assert.deepEqual([opened, panel.hidden, track.stopped], [[], true, true]);
});

test("without a camera the phone's own is named", async (t) => {
  const { alerts, press, panel } = await open(t, { allowed: false });
  await press();
  assert.deepEqual([alerts, panel.hidden], [["scanner.failed"], true]);
});

for (const options of [{ installed: false }, { formats: [] }]) {
  test(`there is no button where it is of no use: ${JSON.stringify(options)}`, async (t) => {
    assert.equal((await open(t, options)).button.hidden, true);
  });
}
