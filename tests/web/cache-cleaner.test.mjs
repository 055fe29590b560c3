import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, install, load } from "./browser.mjs";

const CacheCleaner = await load("Pwa/CacheCleaner.mjs");

function start(t, { version = null, server = {} } = {}) {
  const log = [];
  install(t, {
    localStorage: { clear: () => log.push("local storage") },
    sessionStorage: { clear: () => log.push("session storage") },
    caches: {
      keys: async () => ["old", "appliance-1"],
      delete: async (name) => log.push(`cache ${name}`),
    },
    indexedDB: {
      databases: async () => [{ name: "queue" }],
      deleteDatabase: (name) => log.push(`database ${name}`),
    },
  });
  const parts = { env: { version }, logger: new FakeLogger() };
  return { cleaner: new CacheCleaner({ ...parts, server }), log, logger: parts.logger };
}

test("caches and queues of before go, and the client's own files stay", async (t) => {
  const { cleaner, log } = start(t);
  await cleaner.clean();
  assert.deepEqual(log, ["local storage", "session storage", "cache old", "database queue"]);
});

test("a browser in which nothing may be stored is no obstacle", async (t) => {
  const { cleaner, logger } = start(t);
  Object.defineProperty(globalThis, "localStorage", {
    get: () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    },
    configurable: true,
  });
  await cleaner.clean();
  assert.equal(logger.lines.length, 1);
});

for (const [mine, current, outdated] of [
  ["1", "1", false], ["1", "2", true], ["1", null, false], [null, "2", false],
]) {
  test(`a page of ${mine} is outdated where ${current} is served: ${outdated}`, async (t) => {
    const server = { version: async () => current };
    const { cleaner } = start(t, { version: mine, server });
    assert.equal(await cleaner.isOutdated(), outdated);
  });
}
