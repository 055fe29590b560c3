import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, install, load } from "./browser.mjs";

const CacheCleaner = await load("Pwa/CacheCleaner.mjs");

function start(t, { stored = {}, server = {}, serviceWorker }) {
  const entries = new Map(Object.entries(stored));
  const log = [];
  const localStorage = {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    clear: () => entries.clear(),
  };
  install(t, {
    localStorage,
    sessionStorage: { clear: () => log.push("session storage") },
    caches: { keys: async () => ["old"], delete: async (name) => log.push(`cache ${name}`) },
    navigator: { serviceWorker },
    indexedDB: {
      databases: async () => [{ name: "queue" }],
      deleteDatabase: (name) => log.push(`database ${name}`),
    },
    fetch: async () => {
      if (!server.version) throw new TypeError("no network");
      return { ok: true, json: async () => server };
    },
  });
  return { cleaner: new CacheCleaner({ logger: new FakeLogger() }), entries, log };
}

const EVERYTHING = ["session storage", "cache old", "database queue"];

test("after an update caches and queues go, and only the version is kept", async (t) => {
  const stored = { "homecall.version": "1", "homecall.queue": "[]" };
  const { cleaner, entries, log } = start(t, { stored, server: { version: "2" } });
  assert.equal(await cleaner.check(), false);
  assert.deepEqual(log, EVERYTHING);
  assert.deepEqual([...entries], [["homecall.version", "2"]]);
});

test("the same version leaves everything as it is", async (t) => {
  const { cleaner, log } = start(t, { stored: { "homecall.version": "2" }, server: { version: "2" } });
  assert.equal(await cleaner.check(), false);
  assert.deepEqual(log, []);
});

test("a page that is older than the server says so", async (t) => {
  const server = { version: "1" };
  const { cleaner, log } = start(t, { stored: { "homecall.version": "1" }, server });
  const history = [await cleaner.check()];
  server.version = "2";
  history.push(await cleaner.check());
  assert.deepEqual(history, [false, true]);
  assert.deepEqual(log, EVERYTHING);
});

test("without network nothing is dropped", async (t) => {
  const { cleaner, log } = start(t, { server: {} });
  assert.equal(await cleaner.check(), false);
  assert.deepEqual(log, []);
});

/** The service worker of another application; `unregister` is what comes of letting it go. */
function worker({ controller, unregister }) {
  return { controller, getRegistrations: async () => [{ unregister }] };
}

for (const controller of [{}, null]) {
  const through = controller ? "through" : "past";
  test(`another application's worker goes; this page came ${through} it`, async (t) => {
    const serviceWorker = worker({ controller, unregister: async () => true });
    const { cleaner, log } = start(t, { serviceWorker });
    assert.equal(await cleaner.retireWorkers(), controller !== null);
    assert.deepEqual(log, EVERYTHING);
  });
}

for (const [what, serviceWorker] of [
  ["no worker", { controller: null, getRegistrations: async () => [] }],
  ["one that stays", worker({ controller: {}, unregister: async () => false })],
  ["one that cannot be looked at", worker({ unregister: () => Promise.reject(new Error("no")) })],
  ["a browser without them", undefined],
]) {
  test(`${what} does not load the page again`, async (t) => {
    const { cleaner, log } = start(t, { serviceWorker });
    assert.equal(await cleaner.retireWorkers(), false);
    assert.deepEqual(log, []);
  });
}

test("a browser in which looking for workers alone throws does not keep the page from starting", async (t) => {
  const { cleaner } = start(t, {});
  Object.defineProperty(navigator, "serviceWorker", {
    get: () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    },
  });
  assert.equal(await cleaner.retireWorkers(), false);
});
