import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeLogger, install, installPage, load, settle } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";

const SignalClient = await load("Net/SignalClient.mjs");

function start(t) {
  const client = new SignalClient({ farewell: {}, logger: new FakeLogger() });
  t.after(() => client.close());
  installPage(t);
  install(t, { WebSocket: FakeSocket });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(Math, "random", () => 0.5); // the middle of the jitter
  const history = [];
  client.open("wss://home.example/signal?sessionId=x", {
    onOpen: () => history.push("open"),
    onText: (text) => history.push(`text ${text}`),
    onLost: () => history.push("lost"),
    onFinal: (code) => history.push(`final ${code}`),
  });
  return { client, history, last: () => FakeSocket.all.at(-1), timers: t.mock.timers };
}

beforeEach(() => {
  FakeSocket.all = [];
});

test("what is sent before the socket is open goes out first, in order", (t) => {
  const { client, history, last } = start(t);
  client.send("1");
  client.send("2");
  last().accept();
  client.send("3");
  assert.deepEqual(last().sent, ["1", "2", "3"]);
  assert.deepEqual(history, ["open"]);
});

test("a loss is repaired with the same address, and what waited goes out once, in order", (t) => {
  const { client, history, last, timers } = start(t);
  last().accept();
  client.send("1");
  last().lose();
  client.send("2");
  client.send("3");
  timers.tick(500);
  assert.equal(FakeSocket.all.length, 2);
  assert.equal(last().url, FakeSocket.all[0].url);
  last().accept();
  assert.deepEqual(FakeSocket.all.map((socket) => socket.sent), [["1"], ["2", "3"]]);
  last().onmessage({ data: "4" });
  assert.deepEqual(history, ["open", "lost", "open", "text 4"]);
});

test("pauses grow up to a bound, and failed tries never end anything", (t) => {
  const { history, last, timers } = start(t);
  const pauses = [];
  for (let failure = 0; failure < 7; failure += 1) {
    const before = FakeSocket.all.length;
    last().lose();
    let pause = 0;
    while (FakeSocket.all.length === before) {
      timers.tick(100);
      pause += 100;
    }
    pauses.push(pause);
  }
  assert.deepEqual(pauses, [500, 1000, 2000, 2000, 2000, 2000, 2000]);
  assert.deepEqual(history, Array(7).fill("lost"));
});

test("a socket that opens and falls at once does not reset the pauses; a steady one does", (t) => {
  const { last, timers } = start(t);
  last().accept();
  last().lose();
  timers.tick(500);
  last().accept();
  last().lose();
  timers.tick(999);
  assert.equal(FakeSocket.all.length, 2);
  timers.tick(1);
  assert.equal(FakeSocket.all.length, 3);
  last().accept();
  timers.tick(10_000);
  last().lose();
  timers.tick(500);
  assert.equal(FakeSocket.all.length, 4);
});

test("a handshake that never finishes is given up", (t) => {
  const { history, timers } = start(t);
  timers.tick(10_000);
  assert.deepEqual(history, ["lost"]);
  timers.tick(500);
  assert.equal(FakeSocket.all.length, 2);
});

/** The page comes into sight or goes out of it. */
function turn(state) {
  document.visibilityState = state;
  document.dispatchEvent(new document.defaultView.Event("visibilitychange"));
}

test("the page's return is a reason to try at once, an open socket is left alone", (t) => {
  const { last } = start(t);
  last().accept();
  turn("visible");
  last().lose();
  turn("hidden");
  assert.equal(FakeSocket.all.length, 1);
  turn("visible");
  assert.equal(FakeSocket.all.length, 2);
});

test("a socket that was open before the page was out of sight for long is renewed", (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const { last } = start(t);
  last().accept();
  for (const [seconds, sockets] of [[5, 1], [6, 2], [1, 2], [60, 3]]) {
    turn("hidden");
    now += 1000 * seconds;
    turn("visible");
    assert.equal(FakeSocket.all.length, sockets);
    last().accept();
  }
});

test("a page that was kept aside and is shown again attaches anew", (t) => {
  const { last } = start(t);
  last().accept();
  for (const [persisted, sockets] of [[false, 1], [true, 2]]) {
    dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
    assert.equal(FakeSocket.all.length, sockets);
  }
});

test("when the network returns, no earlier socket is trusted, and none is closed as the end", (t) => {
  const { history, last, timers } = start(t);
  const online = () => dispatchEvent(new Event("online"));
  last().accept();
  online(); // it was open
  online(); // its handshake was under way
  last().accept();
  last().lose();
  online(); // it was waiting for the next try
  last().accept();
  timers.tick(60_000);
  assert.deepEqual(history, ["open", "open", "lost", "open"]);
  assert.deepEqual(FakeSocket.all.map((socket) => socket.closedWith), [4000, 4000, null, null]);
});

test("a renewed socket takes the place of an open one, and what is said meanwhile waits", (t) => {
  const { client, history, last } = start(t);
  last().accept();
  client.send("1");
  const [former] = FakeSocket.all;
  client.renew();
  former.onclose({ code: 1006 });
  client.send("2");
  assert.equal(client.isOpen, false);
  last().accept();
  assert.deepEqual(FakeSocket.all.map((socket) => socket.sent), [["1"], ["2"]]);
  assert.equal(former.closedWith, 4000);
  assert.deepEqual(history, ["open", "open"]);
});

test("a socket that is being repaired is not renewed", (t) => {
  const { client, last } = start(t);
  client.renew();
  last().accept();
  last().lose();
  client.renew();
  assert.equal(FakeSocket.all.length, 1);
});

for (const code of [1000, 4000, 4001, 4003]) {
  test(`close code ${code} is final`, async (t) => {
    const { history, last, timers } = start(t);
    last().accept();
    last().lose(code);
    timers.tick(60_000);
    dispatchEvent(new Event("online"));
    await settle();
    assert.deepEqual(history, ["open", `final ${code}`]);
    assert.equal(FakeSocket.all.length, 1);
  });
}

for (const [name, giveUp] of [
  ["did not finish in time", ({ timers }) => timers.tick(10_000)],
  ["was under way when the network returned", () => dispatchEvent(new Event("online"))],
]) {
  test(`a handshake that ${name} may take the next one's place: no other page`, (t) => {
    const { history, last, timers } = start(t);
    giveUp({ timers });
    timers.tick(500);
    last().accept();
    last().lose(4000);
    timers.tick(2000);
    last().accept();
    last().lose(4000);
    timers.tick(60_000);
    assert.deepEqual(history.slice(-4), ["open", "lost", "open", "final 4000"]);
  });
}

test("a handshake that was given up long ago is no excuse", (t) => {
  const now = t.mock.method(performance, "now", () => 0);
  const { history, last, timers } = start(t);
  timers.tick(10_000);
  timers.tick(500);
  last().accept();
  now.mock.mockImplementation(() => 60_000);
  last().lose(4000);
  assert.deepEqual(history, ["lost", "open", "final 4000"]);
});

test("a deliberate close has code 1000, is silent and stays", (t) => {
  const { client, history, last, timers } = start(t);
  last().accept();
  const socket = last();
  client.close();
  socket.lose(1000);
  timers.tick(60_000);
  assert.equal(socket.closedWith, 1000);
  assert.deepEqual(history, ["open"]);
  assert.equal(FakeSocket.all.length, 1);
});

test("the outbox is bounded: what is in it stays, the newest is refused", (t) => {
  const { client, last } = start(t);
  const accepted = Array.from({ length: 300 }, (_, n) => client.send(String(n)));
  assert.equal(accepted.filter(Boolean).length, 256);
  last().accept();
  assert.equal(last().sent.length, 256);
  assert.equal(last().sent[0], "0");
});

test("after slowDown the next try waits longer, whatever happens", (t) => {
  const { client, last, timers } = start(t);
  last().accept();
  client.slowDown();
  last().lose();
  dispatchEvent(new Event("online"));
  timers.tick(14_999);
  assert.equal(FakeSocket.all.length, 1);
  timers.tick(1);
  assert.equal(FakeSocket.all.length, 2);
});
