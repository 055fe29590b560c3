import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, install, installPage, load, SESSION } from "./browser.mjs";

const Provider = await load("Env/Provider.mjs");

function start(t, page, config = {}) {
  installPage(t, page);
  install(t, {
    fetch: async () => {
      if (config === null) throw new TypeError("no network");
      return { ok: true, json: async () => config };
    },
    RTCPeerConnection: class {},
    WebSocket: class {},
  });
  return new Provider({ logger: new FakeLogger() });
}

test("the session is read from the address; nobody who opens a link is its initiator", (t) => {
  const env = start(t, { address: `https://home.example/?session=${SESSION}` });
  assert.deepEqual(env.session(), { sessionId: SESSION, initiator: false, valid: true });
});

test("no session, and one that is no UUID", (t) => {
  assert.equal(start(t, {}).session(), null);
  const env = start(t, { address: "https://home.example/?session=hello" });
  assert.equal(env.session().valid, false);
});

test("a reload brings the initiator back in its role; the end takes the session away", (t) => {
  const env = start(t, {});
  env.keepSession(SESSION);
  assert.deepEqual(env.session(), { sessionId: SESSION, initiator: true, valid: true });
  env.dropSession();
  assert.equal(env.session(), null);
  assert.equal(history.state, null);
});

test("links and the signaling address are those of protocol.md, always wss", (t) => {
  const env = start(t, { address: "https://192.0.2.7:8443/" });
  assert.equal(env.shareUrl(SESSION), `https://192.0.2.7:8443/?session=${SESSION}`);
  const url = new URL(env.signalUrl(SESSION));
  assert.equal(`${url.protocol}//${url.host}${url.pathname}`, "wss://192.0.2.7:8443/signal");
  assert.equal(url.searchParams.get("sessionId"), SESSION);
  assert.equal(url.searchParams.get("from"), env.label);
  assert.ok(env.label.length > 0 && env.label.length <= 64);
});

for (const [configured, languages, expected] of [
  ["en", ["ru"], "en"],
  ["ru", ["en"], "ru"],
  [null, ["en-GB", "ru"], "en"],
  [null, ["de", "ru-RU", "en"], "ru"],
  [null, ["de", "fr"], "ru"],
  [null, undefined, "ru"],
]) {
  test(`language: configured ${configured}, phone ${languages} → ${expected}`, async (t) => {
    const env = start(t, { languages: languages ?? null }, { language: configured });
    await env.load();
    assert.equal(env.language, expected);
  });
}

test("ICE servers are fetched anew after a minute; without an answer they stay", async (t) => {
  const clock = t.mock.method(performance, "now", () => 1000);
  const config = { iceServers: [{ urls: "turn:a" }], guestSessions: false };
  const env = start(t, {}, config);
  assert.deepEqual(await env.iceServers(), [{ urls: "turn:a" }]);
  config.iceServers = [{ urls: "turn:b" }];
  clock.mock.mockImplementation(() => 61_000);
  assert.deepEqual(await env.iceServers(), [{ urls: "turn:a" }]);
  clock.mock.mockImplementation(() => 61_001);
  assert.deepEqual(await env.iceServers(), [{ urls: "turn:b" }]);
  globalThis.fetch = async () => ({ ok: false, status: 503 });
  clock.mock.mockImplementation(() => 200_000);
  assert.deepEqual(await env.iceServers(), [{ urls: "turn:b" }]);
  assert.equal(env.guestSessions, false);
});

test("without a configuration there are no third parties and guests may call", async (t) => {
  const env = start(t, {}, null);
  assert.deepEqual(await env.iceServers(), []);
  assert.equal(env.guestSessions, true);
});

test("what stands in the way of a call has a name", (t) => {
  const env = start(t, {});
  assert.equal(env.obstacle, null);
  delete globalThis.RTCPeerConnection;
  assert.equal(env.obstacle, "unsupported");
  globalThis.isSecureContext = false;
  assert.equal(env.obstacle, "insecure");
});

test("the label is made once per page load, and is random", (t) => {
  const env = start(t, {});
  assert.match(env.label, /^[0-9a-f-]{36}$/);
  assert.equal(env.label, env.label);
  assert.notEqual(env.label, start(t, {}).label);
});
