/** A session that ends while the media of its two phones go on: the call does, too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { settle } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { offer } from "./peer.mjs";

const ENDED = { type: "error", code: "session_ended", message: "The session has ended" };

/** For so many seconds as many packets arrive. */
async function talk(t, call, seconds, packets = 50) {
  for (let looks = 0; looks < 2 * seconds; looks += 1) {
    call.pc().packetsReceived += packets;
    t.mock.timers.tick(500);
    await settle();
  }
}

async function talking(t, initiator) {
  const call = await start(t, { address: initiator ? undefined : LINK });
  if (initiator) await call.connect();
  await call.receive(initiator ? { type: "answer", sdp: "a=ice-pwd:x" } : offer("x"));
  call.pc().become("connected");
  await talk(t, call, 2);
  return call;
}

const WAYS = {
  "the server says so": (call) => call.receive(ENDED),
  "the socket is closed with 4001": (call) => call.socket().lose(4001),
};

for (const [name, end] of Object.entries(WAYS)) {
  for (const initiator of [false, true]) {
    test(`${name}, and media flow on; initiator: ${initiator}`, async (t) => {
      const call = await talking(t, initiator);
      await end(call);
      await talk(t, call, 120);
      assert.deepEqual([call.phase(), call.toasts()], ["call live", []]);
      assert.equal(FakeSocket.all.length, 1, "there is nothing to come back to");
      await talk(t, call, 2, 0);
      assert.deepEqual([call.app.dataset.state, call.text("end-title")], [
        "end", "The other side was lost",
      ]);
      assert.deepEqual(call.tracks.map((track) => track.stopped), [true, true]);
    });
  }
}

test("the call ends at once where the connection is disconnected later", async (t) => {
  const call = await talking(t, false);
  await call.receive(ENDED);
  call.pc().become("disconnected");
  assert.deepEqual([call.phase(), call.text("end-title")], ["end", "The other side was lost"]);
});

test("it ends at once where nothing has arrived for a while", async (t) => {
  const call = await talking(t, false);
  await talk(t, call, 2, 0);
  await call.accept();
  await call.receive(ENDED);
  assert.equal(call.app.dataset.state, "end");
});

for (const [name, end, title] of [
  ["a hangup", (call) => call.receive({ type: "hangup" }), "The other side ended the call"],
  ["another page", (call) => call.socket().lose(4000), "The call goes on in another tab"],
]) {
  test(`${name} ends the call while media flow`, async (t) => {
    const call = await talking(t, false);
    await end(call);
    assert.deepEqual([call.app.dataset.state, call.text("end-title")], ["end", title]);
  });
}
