import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, install, installPage, load, SESSION } from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";

const Provider = await load("Env/Provider.mjs");
const Server = await load("Env/Server.mjs");

function start(t, page, config = {}) {
  installPage(t, page);
  install(t, {
    fetch: async () => {
      if (config === null) throw new TypeError("no network");
      return { ok: true, json: async () => config };
    },
    RTCPeerConnection: FakePeerConnection,
    WebSocket: class {},
  });
  return new Provider({ logger: new FakeLogger(), server: new Server() });
}

test("the session is read from the address; nobody who opens a link is its initiator", (t) => {
  const env = start(t, { address: `https://home.example/?session=${SESSION}` });
  const session = { sessionId: SESSION, initiator: false, returns: false, valid: true };
  assert.deepEqual(env.session(), session);
});

test("no session, and one that is no UUID", (t) => {
  assert.equal(start(t, {}).session(), null);
  const env = start(t, { address: "https://home.example/?session=hello" });
  assert.equal(env.session().valid, false);
});

for (const initiator of [true, false]) {
  test(`a reload comes back in its role and with its label; initiator: ${initiator}`, (t) => {
    const env = start(t, { address: `https://home.example/?session=${SESSION}` });
    env.keepSession(SESSION, initiator, { joined: true });
    const { label } = env;
    const state = structuredClone(history.state);
    const again = start(t, { state });
    const returned = { sessionId: SESSION, initiator, returns: true, valid: true };
    assert.deepEqual(again.session(), returned);
    again.keepSession(SESSION, initiator, { joined: true });
    assert.equal(again.label, label);
  });
}

test("a link that is not joined yet stays in the address, and a duplicated tab is the same part", (t) => {
  const address = `https://home.example/?session=${SESSION}`;
  const env = start(t, { address });
  env.keepSession(SESSION, false, { joined: false });
  assert.equal(location.search, `?session=${SESSION}`);
  const duplicate = start(t, { address, state: structuredClone(history.state) });
  assert.equal(duplicate.returns, false);
  duplicate.keepSession(SESSION, false, { joined: true });
  assert.equal(duplicate.label, env.label);
  assert.equal(location.search, "");
});

for (const [host, homeOnly] of [
  ["192.168.1.10:8443", true],
  ["10.0.0.7", true],
  ["172.31.0.2", true],
  ["172.32.0.2", false],
  ["169.254.3.4", true],
  ["192.0.2.7", false],
  ["[fd12:3456::1]", true],
  ["[2001:db8::1]", false],
  ["intercom.local", true],
  ["raspberrypi", true],
  ["home.example", false],
  ["10.example", false],
]) {
  test(`${host} is reached at home only: ${homeOnly}`, (t) => {
    assert.equal(start(t, { address: `https://${host}/` }).homeOnly, homeOnly);
  });
}

test("the end takes the session away, and its label with it", (t) => {
  const env = start(t, {});
  env.keepSession(SESSION, true, { joined: true });
  const { label } = env;
  env.dropSession();
  assert.equal(env.session(), null);
  assert.equal(history.state, null);
  env.keepSession(SESSION, true, { joined: true });
  assert.notEqual(env.label, label);
});

test("links and the signaling address are those of protocol.md, always wss", (t) => {
  const env = start(t, { address: "https://192.0.2.7:8443/" });
  env.keepSession(SESSION, true, { joined: true });
  assert.equal(env.shareUrl(SESSION), `https://192.0.2.7:8443/?session=${SESSION}`);
  const url = new URL(env.signalUrl(SESSION));
  assert.equal(`${url.protocol}//${url.host}${url.pathname}`, "wss://192.0.2.7:8443/signal");
  assert.equal(url.searchParams.get("sessionId"), SESSION);
  assert.equal(url.searchParams.get("from"), env.label);
});

/** A server that knows one session, and counts what it is asked. */
function serve(known) {
  const asked = [];
  globalThis.fetch = async (url) => {
    asked.push(url);
    const sessionLive = url === `config.json?session=${known}`;
    const relays = sessionLive ? [{ urls: `turn:${asked.length}` }] : [];
    const iceServers = [{ urls: "stun:a" }, ...relays];
    return { ok: true, json: async () => ({ iceServers, sessionLive }) };
  };
  return asked;
}

test("relays are asked for with the session, and kept for ten minutes", async (t) => {
  const clock = t.mock.method(performance, "now", () => 1000);
  const env = start(t, {});
  const asked = serve(SESSION);
  await env.load();
  assert.deepEqual(await env.iceServers(SESSION), [{ urls: "stun:a" }, { urls: "turn:2" }]);
  clock.mock.mockImplementation(() => 601_000);
  assert.deepEqual(await env.iceServers(SESSION), [{ urls: "stun:a" }, { urls: "turn:2" }]);
  clock.mock.mockImplementation(() => 601_001);
  assert.deepEqual(await env.iceServers(SESSION), [{ urls: "stun:a" }, { urls: "turn:3" }]);
  globalThis.fetch = async () => ({ ok: false, status: 503 });
  clock.mock.mockImplementation(() => 2_000_000);
  assert.deepEqual(await env.iceServers(SESSION), [{ urls: "stun:a" }, { urls: "turn:3" }]);
  assert.deepEqual(asked.slice(0, 2), ["config.json", `config.json?session=${SESSION}`]);
});

test("whoever opens a link has the relays with the first answer", async (t) => {
  const env = start(t, {});
  const asked = serve(SESSION);
  await env.load(SESSION);
  assert.equal((await env.iceServers(SESSION)).length, 2);
  assert.deepEqual(asked, [`config.json?session=${SESSION}`]);
});

test("a session that does not exist yet is asked for again", async (t) => {
  const env = start(t, {});
  serve("another");
  assert.deepEqual(await env.iceServers(SESSION), [{ urls: "stun:a" }]);
  serve(SESSION);
  assert.deepEqual(await env.iceServers(SESSION), [{ urls: "stun:a" }, { urls: "turn:1" }]);
});

test("who asks while an answer is under way waits for that one", async (t) => {
  const env = start(t, {});
  const asked = serve(SESSION);
  const [first, second] = await Promise.all([env.iceServers(SESSION), env.iceServers(SESSION)]);
  assert.deepEqual([asked.length, first], [1, second]);
});

test("the server says whether calls go through a relay alone", async (t) => {
  const env = start(t, {});
  assert.equal(env.iceTransportPolicy, "all");
  globalThis.fetch = async () => ({
    ok: true,
    json: async () => ({ iceTransportPolicy: "relay" }),
  });
  await env.load();
  assert.equal(env.iceTransportPolicy, "relay");
});

test("without a configuration there are no third parties and guests may call", async (t) => {
  const env = start(t, {}, null);
  assert.deepEqual(await env.iceServers(SESSION), []);
  assert.equal(env.guestSessions, true);
});

for (const [address, trustPort, expected] of [
  ["https://home.example/", 80, "http://home.example/"],
  ["https://192.0.2.7:8443/", 8080, "http://192.0.2.7:8080/"],
  ["https://[2001:db8::7]/", 80, "http://[2001:db8::7]/"],
  ["https://home.example/", null, null],
]) {
  test(`the page where ${address} is trusted, at port ${trustPort}`, async (t) => {
    const env = start(t, { address }, { trustPort });
    await env.load();
    assert.equal(env.trustPage, expected);
  });
}

test("the server answers, or does not", async (t) => {
  start(t, {}, { version: "1" });
  assert.equal(await new Server().answers(), true);
  start(t, {}, null);
  assert.equal(await new Server().answers(), false);
});

test("what stands in the way of a call has a name", (t) => {
  const env = start(t, {});
  assert.equal(env.obstacle, null);
  for (const left of [undefined, null, function nothing() {}]) {
    globalThis.RTCPeerConnection = left;
    assert.equal(env.obstacle, "unsupported");
  }
  delete globalThis.RTCPeerConnection;
  assert.equal(env.obstacle, "unsupported");
  globalThis.isSecureContext = false;
  assert.equal(env.obstacle, "insecure");
});

test("an older browser lacks crypto.randomUUID() and AbortSignal.timeout()", async (t) => {
  const env = start(t, {}, { guestSessions: false });
  const { crypto: whole } = globalThis;
  const getRandomValues = (bytes) => whole.getRandomValues(bytes);
  install(t, { crypto: { getRandomValues }, AbortSignal: undefined });
  await env.load();
  assert.equal(env.guestSessions, false);
  const ids = Array.from({ length: 100 }, () => env.newSessionId());
  assert.equal(new Set(ids).size, 100);
  const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const id of ids) assert.match(id, version4);
});

test("the label is made once for the part in a session, and is random", (t) => {
  const env = start(t, {});
  env.keepSession(SESSION, false, { joined: true });
  assert.match(env.label, /^[0-9a-f-]{36}$/);
  assert.equal(env.label, env.label);
  const another = start(t, {});
  another.keepSession(SESSION, false, { joined: true });
  assert.notEqual(env.label, another.label);
});
