/** A call whose connection is replaced by another one, which comes about or does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer } from "./peer.mjs";

/** A call whose other side offers anew before the browser has seen an interruption. */
async function replaced(t) {
  const call = await start(t, { address: LINK, config: { run: "a" } });
  await call.receive(offer("x"));
  call.pc().become("connected");
  await call.receive(offer("y"));
  return call;
}

test("a connection that is replaced is said to be interrupted until the next one stands", async (t) => {
  const call = await replaced(t);
  const history = [[call.phase(), call.text("status")]];
  for (const state of ["connecting", "connected"]) {
    call.pc().become(state);
    history.push([call.phase(), call.text("status")]);
  }
  const weak = ["call weak", "The connection was interrupted. Restoring…"];
  assert.deepEqual(history, [weak, weak, ["call live", ""]]);
});

test("where the next one does not come about the person is told what to do, and it ends", async (t) => {
  const call = await replaced(t);
  t.mock.timers.tick(5000);
  assert.match(call.text("status"), /Restoring… Stay on this page/);
  call.socket().lose();
  assert.match(call.toasts().join(), /^No connection to the appliance/);
  t.mock.timers.tick(84_000);
  assert.equal(call.phase(), "call weak");
  t.mock.timers.tick(1000);
  assert.equal(call.text("end-title"), "The other side was lost");
});

test("an offer that cannot be answered is as much of an interruption", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  call.pc().become("connected");
  t.mock.method(FakePeerConnection.prototype, "createAnswer", async () => {
    throw new DOMException("", "OperationError");
  });
  await call.receive(offer("y"));
  assert.equal(call.phase(), "call weak");
  assert.match(call.text("status"), /Restoring… Stay on this page/);
});

test("an offer that comes after a restart is the other phone's: the call goes on", async (t) => {
  const call = await start(t, { address: LINK, config: { run: "a" } });
  await call.receive(offer("x"));
  call.pc().become("connected");
  call.config = { run: "b" };
  call.socket().lose();
  t.mock.timers.tick(1000);
  await call.accept();
  await call.receive(offer("y"));
  call.pc().become("connecting");
  assert.equal(call.phase(), "call weak");
  assert.equal(FakeSocket.all.at(-1).closedWith, null);
});
