/** Every way from one state of the page to another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./browser.mjs";

const Flow = await load("Core/Flow.mjs");

/** The ways from the home page into each state. */
const WAYS = {
  home: [],
  unseen: ["hide"],
  asking: ["open", "ask"],
  sharing: ["make"],
  joining: ["open"],
  alone: ["open", "miss"],
  ringing: ["open", "ring"],
  live: ["open", "flow"],
  reconnecting: ["open", "flow", "break"],
  end: ["end"],
};

/** What each event leads to, by the states in which it leads anywhere. */
const EVENTS = {
  make: { home: "sharing", unseen: "sharing", end: "sharing" },
  open: { home: "joining", unseen: "joining" },
  hide: { home: "unseen" },
  ask: { sharing: "asking", joining: "asking" },
  share: { asking: "sharing" },
  join: { asking: "joining" },
  miss: { joining: "alone" },
  call: { sharing: "joining", alone: "joining" },
  ring: { sharing: "ringing", joining: "ringing", alone: "ringing", reconnecting: "ringing" },
  flow: {
    ...{ sharing: "live", joining: "live", alone: "live", ringing: "live", reconnecting: "live" },
  },
  break: { ringing: "reconnecting", live: "reconnecting" },
  end: Object.fromEntries(Object.keys(WAYS).filter((at) => at !== "end").map((at) => [at, "end"])),
  leave: { end: "home" },
};

for (const [state, way] of Object.entries(WAYS)) {
  test(`in the state ${state} each event leads where it should, or nowhere`, () => {
    for (const [event, leads] of Object.entries(EVENTS)) {
      const flow = new Flow();
      for (const step of way) assert.ok(flow.happen(step), step);
      assert.equal(flow.state, state);
      assert.equal(flow.inCall, !["home", "end"].includes(state));
      assert.equal(flow.happen(event), state in leads, event);
      assert.equal(flow.state, leads[state] ?? state, event);
    }
  });
}
