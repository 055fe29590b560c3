/** What the console is told (protocol.md, section 9). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, SESSION } from "./browser.mjs";

const Logger = await load("Shared/Logger.mjs");

/** @returns {string[]} what the console gets */
function written(t, step) {
  const methods = ["info", "warn", "error"].map((name) => t.mock.method(console, name, () => {}));
  step(new Logger());
  return methods.flatMap(({ mock }) => mock.calls.map((call) => call.arguments.join()));
}

test("the console tells each message as the journal of the appliance does", (t) => {
  const text = JSON.stringify({ type: "offer", sessionId: SESSION, from: "sekret", sdp: "v=0 ☎" });
  const message = { sessionId: SESSION, direction: "out", type: "offer", outcome: "queued", text };
  const [line] = written(t, (logger) => logger.signal(message));
  assert.equal(
    line,
    `[homecall] Signaling: out offer, queued. SESSION_ID=${SESSION} SIGNAL_TYPE=offer ` +
      `SIGNAL_DIRECTION=out SIGNAL_OUTCOME=queued SIGNAL_BYTES=${Buffer.byteLength(text)}`,
  );
});

test("nothing that the other side wrote is copied into the console", (t) => {
  const message = { sessionId: SESSION, direction: "in", text: '{"sdp":"sekret"}' };
  const lines = written(t, (logger) => {
    for (const odd of ["sekret\n[homecall] x", "sekret".repeat(9), "Sekret 7", null, undefined]) {
      logger.signal({ ...message, type: odd, outcome: String(odd) });
    }
    logger.warn("Not accepted", new DOMException("sekret", "OperationError"));
  });
  assert.equal(lines.length, 6);
  assert.doesNotMatch(lines.join("\n"), /sekret/i);
  assert.match(lines[0], /in unknown, unknown\. /);
  assert.match(lines.at(-1), /Not accepted \(OperationError\)$/);
});
