/** A link at whose other end nobody is: one from before a restart, for one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { offer } from "./peer.mjs";

const NOTHING = { type: "error", code: "signal_not_found", message: "No signal found" };
const ALONE = /^Nobody is at the other end .* scan the code again\. .* wait for that person\.$/;

async function alone(t) {
  const call = await start(t, { address: LINK });
  t.mock.timers.tick(15_000);
  await call.receive(NOTHING);
  return call;
}

test("who waits for an offer in vain is told so for as long as it is so", async (t) => {
  const call = await alone(t);
  assert.match(call.text("status"), ALONE);
  t.mock.timers.tick(60_000);
  assert.equal(call.phase(), "call joining");
  assert.match(call.text("status"), ALONE);
});

test("an offer that comes later is taken, and the status tells of it", async (t) => {
  const call = await alone(t);
  await call.receive(offer("x"));
  call.pc().become("connecting");
  assert.equal(call.text("status"), "Connecting…");
  t.mock.timers.tick(8000);
  assert.match(call.text("status"), /^Still connecting…/);
  call.pc().become("connected");
  assert.deepEqual([call.phase(), call.text("status")], ["call live", ""]);
});

test("an offer that comes later and cannot be answered says what to do", async (t) => {
  const call = await alone(t);
  t.mock.method(FakePeerConnection.prototype, "createAnswer", async () => {
    throw new DOMException("", "OperationError");
  });
  await call.receive(offer("x"));
  assert.match(call.text("status"), /^Still connecting…/);
});

test("who was being connected when the appliance was started anew is told the same", async (t) => {
  const call = await start(t, { address: LINK, config: { run: "a" } });
  await call.receive(offer("x"));
  call.pc().become("connecting");
  call.config = { run: "b" };
  call.socket().lose();
  t.mock.timers.tick(1000);
  await call.accept();
  await call.receive(NOTHING);
  call.pc().become("failed");
  assert.match(call.text("status"), ALONE);
});
