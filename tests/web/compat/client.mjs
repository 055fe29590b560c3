/** What the whole client uses, and what of it a target lacks. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { support } from "./data.mjs";
import { usedByMarkup } from "./markup.mjs";
import { usedByScripts } from "./script.mjs";
import { usedByStyle } from "./style.mjs";
import { syntaxOfScript } from "./syntax.mjs";

const STATIC = new URL("../../../homecall_appliance/web/static/", import.meta.url);
const FILES = readdirSync(STATIC, { recursive: true }).filter((name) => !name.startsWith("vendor"));

/** @returns {string} a file of the client */
export const read = (name) => readFileSync(new URL(name, STATIC), "utf8");

/** Names of the client's style sheets. */
export const STYLES = ending(/\.css$/);

const SCRIPTS = ending(/\.m?js$/);

/**
 * @returns {{used: Map<string, Set<string>>, unknown: Map<string, string>, idle: string[]}} as
 *   usedByScripts(), of everything that is served but other people's libraries
 */
export function usedByClient() {
  const paths = SCRIPTS.map((name) => fileURLToPath(new URL(name, STATIC)));
  const markup = ending(/\.html$/).map((name) => usedByMarkup(name, read(name)));
  const elements = markup.flatMap((one) => [...one.keys()]).map((path) => path.split("."));
  const tags = elements.filter(({ length }) => length === 3).map(([, , tag]) => tag);
  const { used, unknown, idle } = usedByScripts(paths, tags);
  const others = [
    ...markup,
    ...SCRIPTS.map((name) => syntaxOfScript(name, read(name))),
    ...STYLES.map((name) => usedByStyle(name, read(name))),
  ];
  for (const [path, places] of others.flatMap((one) => [...one])) {
    used.set(path, new Set([...(used.get(path) ?? []), ...places]));
  }
  return { used, unknown, idle };
}

/** @returns {string[]} paths of what is used and the target lacks, or has in part */
export function missingIn(used, target) {
  return [...used.keys()].filter((path) => support(path, target) !== "whole");
}

function ending(pattern) {
  return FILES.filter((name) => pattern.test(name));
}
