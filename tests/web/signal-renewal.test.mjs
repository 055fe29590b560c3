/** When an open socket is not to be trusted any more, or a pause is not to be waited out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeSocket } from "./fake-socket.mjs";
import { start } from "./signal.mjs";

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

test("a socket that was open before the device slept is renewed", (t) => {
  t.mock.method(performance, "now", () => 0); // stands still meanwhile
  const now = t.mock.method(Date, "now", () => 0);
  const { last } = start(t);
  last().accept();
  turn("hidden");
  now.mock.mockImplementation(() => 300_000);
  turn("visible");
  assert.equal(FakeSocket.all.length, 2);
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
