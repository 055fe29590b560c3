/**
 * The attacker: every attack of attacks.mjs at its rate, each from addresses of its own, until
 * SIGTERM. Then: one line of JSON, what was tried and what became of it.
 */
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ATTACKS, Target } from "./attacks.mjs";

const TICK = 20; // milliseconds
const NICENESS = 10; // behind the generator of the honest load, which measures time

const { values: options } = parseArgs({
  options: {
    host: { type: "string" },
    port: { type: "string" },
    addresses: { type: "string", default: "6" }, // loopback addresses for each attack
    only: { type: "string", default: "" }, // attacks whose name has this in it
    strength: { type: "string", default: "1" }, // times the rates of attacks.mjs
  },
});
setPriority(NICENESS);

function besiege([name, { rate, attempt }], kind) {
  let last = 0;
  const address = () => `127.1.${kind}.${1 + (last++ % Number(options.addresses))}`;
  const target = new Target(options.host, Number(options.port), address);
  const keepOn = async () => {
    const start = performance.now();
    for (let attempts = 0; ; await sleep(TICK)) {
      const due = ((performance.now() - start) / 1000) * rate * Number(options.strength);
      for (; attempts < due; attempts++) attempt(target);
    }
  };
  keepOn();
  return [name, target];
}

const chosen = Object.entries(ATTACKS).filter(([name]) => name.includes(options.only));
const targets = chosen.map(besiege);

process.on("SIGTERM", () => {
  const counts = targets.map(([name, { tried, letIn, ended }]) => [name, { tried, letIn, ended }]);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(counts))}\n`, () => process.exit());
});
