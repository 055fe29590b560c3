/** A page that comes, and a server that lets no signaling through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "./application.mjs";
import { settle } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";

const REFUSED = /^The page came, but calls do not get through: /;

/** Let so many handshakes fail, one after the other; `look` is called before each. */
async function refuse(t, call, times, look = () => {}) {
  for (let tries = 0; tries < times; tries += 1) {
    look();
    call.socket().lose();
    await settle();
    t.mock.timers.tick(2500);
  }
}

for (const [trustPort, sentence] of [
  [8080, /^This browser shows the page, but .* Open http:\/\/home\.example:8080\/, do /],
  [null, REFUSED],
]) {
  test(`a page that comes without its signaling says what helps: ${trustPort}`, async (t) => {
    const call = await start(t, { config: { trustPort } });
    await call.click("connect");
    await refuse(t, call, 3, () => assert.doesNotMatch(call.toasts().join(), sentence));
    assert.match(call.toasts().join(), sentence);
    assert.equal(call.toasts().length, 1);
    call.socket().accept();
    await settle();
    assert.deepEqual(call.toasts(), []);
  });
}

test("what was refused at first is not said again in the call", async (t) => {
  const call = await start(t);
  await call.click("connect");
  await refuse(t, call, 3);
  await call.accept();
  call.socket().lose();
  assert.equal(call.toasts().length, 1);
  assert.match(call.toasts()[0], /^No connection to the appliance/);
});

test("a refusal is found out later where nothing answers at first, and then asked no more", async (t) => {
  const call = await start(t);
  await call.click("connect");
  const { fetch } = globalThis;
  const asked = t.mock.method(globalThis, "fetch", async () => {
    throw new TypeError("no network");
  });
  await refuse(t, call, 4);
  assert.match(call.toasts().join(), /^No connection to the appliance/);
  asked.mock.mockImplementation(fetch);
  await refuse(t, call, 2);
  assert.equal(call.toasts().length, 1);
  assert.match(call.toasts()[0], REFUSED);
  const times = asked.mock.callCount();
  await refuse(t, call, 9);
  assert.deepEqual([asked.mock.callCount(), FakeSocket.all.length], [times, 16]);
});
