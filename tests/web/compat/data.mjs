/** MDN's browser-compat-data, asked about the oldest browsers that the client has to work in. */
import { readFileSync } from "node:fs";

const FILE = "../../../node_modules/@mdn/browser-compat-data/data.json";

/** The tree; what a feature is called in it is its path, such as "api.Navigator.share". */
export const data = JSON.parse(readFileSync(new URL(FILE, import.meta.url), "utf8"));

/** For each browser, as the data calls it, the version whose features are asked for. */
export const TARGETS = { chrome: "109", firefox: extendedSupport(), safari_ios: "15" };

/** @returns {object|undefined} the node of a path */
export function find(path) {
  return path.split(".").reduce((node, key) => own(node, key), data);
}

/** @returns {object|undefined} what stands under a key, which may be a word of a program */
export function own(node, key) {
  return node !== undefined && Object.hasOwn(node, key) ? node[key] : undefined;
}

/** @returns {[string, object][]} the features that lie right below a node, by their last names */
export function below(node) {
  return Object.entries(node).filter(([name]) => name !== "__compat");
}

/**
 * Whether a target has a feature by this name and without a switch. What the data does not tell of
 * by itself is there where the feature above it is.
 * @returns {"whole"|"part"|"none"}
 */
export function support(path, target) {
  const told = find(path).__compat?.support;
  if (!told) return "whole";
  const statements = [told[target] ?? []].flat().filter((one) => covers(one, TARGETS[target]));
  if (statements.length === 0) return "none";
  return statements.every((one) => one.partial_implementation) ? "part" : "whole";
}

function covers(statement, version) {
  const { version_added: added, version_removed: removed } = statement;
  if (statement.flags || statement.prefix || statement.alternative_name) return false;
  return reached(added, version) && !reached(removed, version);
}

/** @param {string|boolean|null|undefined} since "15.4", "≤37", "preview" or none at all */
function reached(since, version) {
  if (typeof since !== "string" || since === "preview") return since === true;
  const [wanted, given] = [since.replace("≤", ""), version].map((text) => text.split(".").map(Number));
  const place = wanted.findIndex((number, index) => number !== (given[index] ?? 0));
  return place < 0 || wanted[place] < (given[place] ?? 0);
}

/** The newest Firefox ESR. */
function extendedSupport() {
  const releases = Object.entries(data.browsers.firefox.releases);
  const versions = releases.filter(([, { status }]) => status === "esr").map(([version]) => version);
  return versions.sort((one, other) => one - other).at(-1);
}
