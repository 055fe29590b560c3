/** What another process of this machine takes (proc(5)). */
import { readFileSync } from "node:fs";

const MICROSECONDS_PER_TICK = 10_000; // USER_HZ is 100 on every architecture of Debian

/** Processor time of all its threads, of the program and of the system on its behalf. */
export function processorMicroseconds(pid) {
  const status = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}

/** The time that its first thread could have run and did not get a core: others had it. */
export function waitingMicroseconds(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]) / 1000;
}

/** Memory that is its own or shared, and present. */
export function residentBytes(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)[1]) * 1024;
}
