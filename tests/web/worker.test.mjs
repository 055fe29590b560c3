/** The page's part in service workers: its own is registered, those of others go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start as open } from "./application.mjs";
import { FakeLogger, install, load, settle } from "./browser.mjs";

const Worker = await load("Pwa/Worker.mjs");

function start(t, serviceWorker) {
  install(t, { navigator: { serviceWorker } });
  return new Worker({ logger: new FakeLogger() });
}

const script = (path) => ({ scriptURL: `https://home.example${path}` });

/** Registrations by the paths of their scripts; `unregister` is what comes of letting one go. */
function registered(paths, { controller = null, unregister = async () => true } = {}) {
  const gone = [];
  const registrations = paths.map((path) => ({
    active: script(path),
    unregister: () => gone.push(path) && unregister(),
  }));
  const container = { controller, getRegistrations: async () => registrations };
  return { container, gone };
}

for (const [through, controller, again] of [
  ["through it", script("/old.js"), true],
  ["past it", null, false],
  ["through ours", script("/appliance-worker.js"), false],
]) {
  test(`another application's worker goes, ours stays; this page came ${through}`, async (t) => {
    const paths = ["/old.js", "/appliance-worker.js"];
    const { container, gone } = registered(paths, { controller });
    assert.equal(await start(t, container).retireOthers(), again);
    assert.deepEqual(gone, ["/old.js"]);
  });
}

for (const [what, serviceWorker] of [
  ["no worker", registered([]).container],
  ["one that stays", registered(["/old.js"], { unregister: async () => false }).container],
  [
    "one that cannot be looked at",
    registered(["/old.js"], { unregister: () => Promise.reject(new Error("no")) }).container,
  ],
  ["a browser without them", undefined],
]) {
  test(`${what} does not load the page again`, async (t) => {
    assert.equal(await start(t, serviceWorker).retireOthers(), false);
  });
}

test("a browser in which looking for workers alone throws does not keep the page from starting", async (t) => {
  const worker = start(t);
  Object.defineProperty(navigator, "serviceWorker", {
    get: () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    },
  });
  assert.equal(await worker.retireOthers(), false);
  await worker.register();
});

test("a worker that the browser refuses, as by an untrusted certificate, is no fault", async (t) => {
  const asked = [];
  const register = async (path) => {
    asked.push(path);
    throw new DOMException("An SSL certificate error occurred.", "SecurityError");
  };
  await start(t, { register }).register();
  assert.deepEqual(asked, ["/appliance-worker.js"]);
});

test("the worker is asked for where nobody is in a call, or once the call is over", async (t) => {
  const asked = [];
  const worker = (call) => {
    navigator.serviceWorker = {
      controller: null,
      getRegistrations: async () => [],
      register: async (path) => asked.push([call, path]),
    };
  };
  const home = await open(t, { address: "https://home.example/" });
  worker("home");
  t.mock.timers.tick(5000);
  assert.equal(home.phase(), "home");
  await home.connect();
  worker("call");
  t.mock.timers.tick(60_000);
  await home.click("hangup");
  assert.deepEqual(asked, [["home", "/appliance-worker.js"], ["call", "/appliance-worker.js"]]);
});

test("a call has the network for itself", async (t) => {
  const call = await open(t, { address: LINK });
  const asked = [];
  navigator.serviceWorker = { register: async (path) => asked.push(path) };
  t.mock.timers.tick(60_000);
  await settle();
  assert.deepEqual(asked, []);
  await call.click("hangup");
  assert.equal(asked.length, 1);
});
