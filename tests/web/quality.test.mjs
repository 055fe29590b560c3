/** How media arrive: how much of them is lost, and whether that is said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK, start } from "./application.mjs";
import { load, settle } from "./browser.mjs";
import { offer } from "./peer.mjs";

const Reception = await load("Rtc/Reception.mjs");

const report = (packetsReceived, packetsLost) =>
  new Map([["in", { type: "inbound-rtp", packetsReceived, packetsLost }]]);

/** What each look says, of packets that come and are lost at each. */
function looks(reception, times, each) {
  const events = [];
  for (let look = 0; look < times; look += 1) {
    each.total.received += each.received;
    each.total.lost += each.lost;
    events.push(...reception.look(report(each.total.received, each.total.lost)));
  }
  return events;
}

test("heavy losses are told once they last, and so is their end", () => {
  const reception = new Reception();
  const total = { received: 0, lost: 0 };
  const steps = [[20, 100, 0], [3, 100, 10], [9, 90, 15], [9, 95, 5], [12, 100, 1]];
  const told = steps.map(([times, received, lost]) =>
    looks(reception, times, { total, received, lost }));
  assert.deepEqual(told, [["media"], [], ["poor"], [], ["good"]]);
});

test("nothing at all is no loss, and late packets are not fewer than none", () => {
  const reception = new Reception();
  const total = { received: 0, lost: 0 };
  assert.deepEqual(looks(reception, 20, { total, received: 0, lost: 0 }), []);
  looks(reception, 9, { total, received: 50, lost: 0 });
  assert.deepEqual(looks(reception, 20, { total, received: 50, lost: -3 }), []);
});

test("media that stop are told once, and so is that they come again", () => {
  const reception = new Reception();
  const total = { received: 0, lost: 0 };
  const told = [2, 9, 1].map((times, step) =>
    looks(reception, times, { total, received: step === 1 ? 0 : 5, lost: 0 }));
  assert.deepEqual(told, [["media"], ["starved"], ["media"]]);
});

test("a weak connection is said while the call lives", async (t) => {
  const call = await start(t, { address: LINK });
  await call.receive(offer("x"));
  call.pc().become("connected");
  const quality = document.getElementById("quality");
  const look = async (times, lost) => {
    for (let count = 0; count < times; count += 1) {
      call.pc().packetsReceived += 50;
      call.pc().packetsLost += lost;
      t.mock.timers.tick(500);
      await settle();
    }
  };
  await look(10, 0);
  assert.ok(quality.hidden);
  await look(9, 20);
  assert.deepEqual([quality.hidden, quality.textContent], [false, "Weak connection"]);
  call.pc().become("disconnected");
  assert.ok(quality.hidden);
});
