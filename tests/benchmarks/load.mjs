/**
 * The load on a signaling server, and what it costs: one line of JSON.
 *
 * Opens sockets that wait and sessions that talk, and lets each session exchange candidates at an
 * even pace or, with --saturate, one after the other. Looks at the server's process in /proc.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { drain, measure, pace, saturate, spread, sum } from "./measure.mjs";
import { Session } from "./session.mjs";
import { residentBytes } from "./usage.mjs";

const HANDSHAKES = 16; // under way at a time
const REHEARSALS = 16; // sessions that come and go before memory is measured
const SETTLE = 1000; // milliseconds from the last handshake to a look at the memory

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    ca: { type: "string" },
    pid: { type: "string" }, // of the server
    waiting: { type: "string", default: "0" }, // sockets that are alone in their session
    active: { type: "string", default: "100" }, // sessions of two
    rate: { type: "string", default: "10" }, // messages a second in each session
    seconds: { type: "string", default: "10" },
    warmup: { type: "string", default: "3" }, // seconds of load before the measurement
    saturate: { type: "boolean", default: false },
    newcomers: { type: "string", default: "0" }, // sessions a second that come and go meanwhile
    addresses: { type: "string", default: "100" }, // loopback addresses to come from
  },
});
const [waiting, active] = [Number(options.waiting), Number(options.active)];
const secureContext = createSecureContext({ ca: readFileSync(options.ca) });
const newcomers = { took: [], faults: [] };
let sockets = 0;

const address = (n) => `127.0.${Math.floor(n / 250)}.${1 + (n % 250)}`;

function connect(query) {
  return new WebSocket(options.url + query, {
    secureContext,
    localAddress: address(sockets++ % Number(options.addresses)),
    perMessageDeflate: false,
  });
}

async function open(count, participants) {
  const sessions = Array.from({ length: count }, () => new Session());
  const queue = sessions.values();
  const work = async () => {
    for (const session of queue) {
      for (let n = 0; n < participants; n++) await session.attach(connect);
      if (participants === 2) await session.negotiate();
    }
  };
  await Promise.all(Array.from({ length: HANDSHAKES }, work));
  return sessions;
}

const close = (sessions) => Promise.all(sessions.map((session) => session.close()));

async function memory() {
  await sleep(SETTLE);
  return residentBytes(options.pid);
}

await close(await open(REHEARSALS, 2));
const empty = await memory();
const alone = await open(waiting, 1);
const withWaiting = await memory();
const talking = await open(active, 2);
const withActive = await memory();

/** Sessions that come and go; notes how long each takes, in ms, until its offer is answered. */
async function welcome(seconds, rate) {
  const end = performance.now() + seconds * 1000;
  while (rate && performance.now() + 1000 / rate < end) {
    await sleep(1000 / rate);
    const start = performance.now();
    try {
      const [session] = await open(1, 2);
      newcomers.took.push(performance.now() - start);
      await session.close();
      newcomers.faults.push(...session.faults);
    } catch (error) {
      newcomers.faults.push(`A newcomer did not get in: ${error.message}`);
    }
  }
}

const load = (seconds) =>
  Promise.all([
    welcome(seconds, Number(options.newcomers)),
    options.saturate ? saturate(talking, seconds) : pace(talking, seconds, Number(options.rate)),
  ]);
await load(Number(options.warmup));
await drain(talking);
const figures = await measure(talking, options.pid, () => load(Number(options.seconds)));

const result = {
  ...figures,
  lost: sum(talking, "lost"),
  doubled: sum(talking, "doubled"),
  outOfOrder: sum(talking, "outOfOrder"),
  faults: [
    ...new Set([...alone, ...talking].flatMap((session) => session.faults)),
    ...newcomers.faults,
  ],
  newcomers: { count: newcomers.took.length, ...spread(newcomers.took) },
  memory: {
    empty,
    perWaiting: waiting && (withWaiting - empty) / waiting,
    perActive: active && (withActive - withWaiting) / active,
  },
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await close([...alone, ...talking]);
