import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { start } from "./signal.mjs";

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

test("while the network is away no handshakes are piled up: HTTP is asked", async (t) => {
  let answered = false;
  const { client, last, timers } = start(t, async () => answered);
  const wait = async () => {
    timers.tick(2000);
    await settle();
  };
  last().accept();
  for (let failure = 0; failure < 4; failure += 1) {
    last().lose();
    await wait();
  }
  assert.equal(FakeSocket.all.length, 4);
  await wait();
  assert.equal(FakeSocket.all.length, 4);
  answered = true;
  await wait();
  assert.equal(FakeSocket.all.length, 5);
  last().lose();
  timers.tick(2000);
  client.close();
  await settle();
  assert.equal(FakeSocket.all.length, 5, "closed while the server was asked");
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
