import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeLogger, install, installPage, load } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";

const Farewell = await load("Net/Farewell.mjs");
const SignalClient = await load("Net/SignalClient.mjs");
const URL_OF_SIGNAL = "wss://home.example/signal?sessionId=x&from=mark";

function start(t) {
  const parts = { clock: {}, env: {}, farewell: new Farewell(), logger: new FakeLogger() };
  const client = new SignalClient(parts);
  t.after(() => client.close());
  installPage(t);
  install(t, { WebSocket: FakeSocket });
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { now } = Date;
  t.mock.method(performance, "now", () => now());
  const ignore = () => {};
  client.open(URL_OF_SIGNAL, { onOpen: ignore, onText: ignore, onLost: ignore, onFinal: ignore });
  return { client, last: () => FakeSocket.all.at(-1), tick: (ms) => t.mock.timers.tick(ms) };
}

beforeEach(() => {
  FakeSocket.all = [];
});

test("who hangs up without a network is heard when it is back", (t) => {
  const { client, last, tick } = start(t);
  last().accept();
  last().lose();
  client.leave(URL_OF_SIGNAL, "bye");
  assert.equal(last().url, URL_OF_SIGNAL);
  last().lose();
  tick(1500);
  tick(5000); // a handshake into a dead network is given up
  assert.equal(last().readyState, 3);
  last().lose();
  tick(1500);
  last().accept();
  assert.deepEqual([last().sent, last().closedWith], [["bye"], 1000]);
  const tries = FakeSocket.all.length;
  last().lose(1000);
  tick(60_000);
  assert.equal(FakeSocket.all.length, tries);
});

test("a last word is not said for ever", (t) => {
  const { client, last, tick } = start(t);
  last().accept();
  last().lose();
  client.leave(URL_OF_SIGNAL, "bye");
  for (let tries = 0; tries < 60; tries += 1) {
    last().lose();
    tick(1500);
  }
  assert.ok(FakeSocket.all.length < 40);
});

test("with a network the last word goes by the socket that there is", (t) => {
  const { client, last } = start(t);
  last().accept();
  client.leave(URL_OF_SIGNAL, "bye");
  assert.deepEqual([last().sent, last().closedWith, FakeSocket.all.length], [["bye"], 1000, 1]);
});

test("who hangs up before the socket was ever open is heard, too", (t) => {
  const { client, last } = start(t);
  const [first] = FakeSocket.all;
  client.leave(URL_OF_SIGNAL, "bye");
  last().accept();
  assert.deepEqual([first.sent, first.readyState, last().sent], [[], 3, ["bye"]]);
});
