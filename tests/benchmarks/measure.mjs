/** Two kinds of load, and the measurement of either, with the clock of this one process. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { processorMicroseconds, waitingMicroseconds } from "./usage.mjs";

const PATIENCE = 5000; // milliseconds that the last messages may take
const LAG_RESOLUTION = 5; // milliseconds

/** `rate` messages a second in each session. The sessions take turns, and so do the directions. */
export async function pace(sessions, seconds, rate) {
  const perMillisecond = (rate * sessions.length) / 1000;
  const start = performance.now();
  for (let sent = 0; sent < seconds * 1000 * perMillisecond; await sleep(1)) {
    const due = (performance.now() - start) * perMillisecond;
    for (; sent < due; sent++) {
      sessions[sent % sessions.length].send(Math.floor(sent / sessions.length) % 2);
    }
  }
}

/** Each session answers a message with the next one, as fast as the server lets it. */
export async function saturate(sessions, seconds) {
  let ended = false;
  for (const session of sessions) {
    const note = session.onArrival;
    session.onArrival = (place, latency) => {
      if (ended) return;
      note(place, latency);
      session.send(place);
    };
    session.send(0);
  }
  await sleep(seconds * 1000);
  ended = true;
}

/** Runs the load and returns what it took: latencies in milliseconds, processor times in µs. */
export async function measure(sessions, pid, load) {
  const latencies = [];
  for (const session of sessions) session.onArrival = (_, latency) => latencies.push(latency);
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION });
  lag.enable();
  const start = performance.now();
  const ownBefore = process.cpuUsage();
  const itsBefore = processorMicroseconds(pid);
  const waitedBefore = waitingMicroseconds(pid);
  await load();
  const elapsed = performance.now() - start;
  const own = process.cpuUsage(ownBefore);
  const its = processorMicroseconds(pid) - itsBefore;
  const waited = waitingMicroseconds(pid) - waitedBefore;
  lag.disable();
  const messages = latencies.length;
  await drain(sessions);
  const processor = (microseconds) => ({
    processorPerMessage: microseconds / messages,
    busy: microseconds / 1000 / elapsed,
  });
  return {
    messages,
    messagesPerSecond: (messages / elapsed) * 1000,
    ...spread(latencies),
    server: { ...processor(its), keptWaiting: waited / 1000 / elapsed },
    generator: {
      ...processor(own.user + own.system),
      lagP99: Math.max(0, lag.percentile(99) / 1e6 - LAG_RESOLUTION),
      lagMax: Math.max(0, lag.max / 1e6 - LAG_RESOLUTION),
    },
  };
}

/** The middle and the end of some figures. */
export function spread(figures) {
  const sorted = figures.toSorted((one, other) => one - other);
  const quantile = (q) => sorted[Math.ceil(q * sorted.length) - 1];
  return { p50: quantile(0.5), p99: quantile(0.99), max: sorted.at(-1) };
}

/** Waits until everything has arrived, or for a while. */
export async function drain(sessions) {
  const deadline = performance.now() + PATIENCE;
  while (sum(sessions, "lost") && performance.now() < deadline) await sleep(10);
}

/** Adds up a count of all directions. */
export function sum(sessions, count) {
  return sessions.flatMap((each) => each.directions).reduce((n, each) => n + each[count], 0);
}
