/**
 * Takes out of a newer browser what a target lacks of what the client uses.
 *
 *     node tests/web/compat/removal.mjs TARGET
 *
 * prints {version, script, objects, styles, kept}: a script that a page runs before its own; what
 * it takes away, as [interface, member] or [global], and of the style sheets; and the paths of what
 * it cannot: members of dictionaries, syntax and HTML. What the target has in part stays.
 */
import { read, STYLES, usedByClient } from "./client.mjs";
import { support, TARGETS } from "./data.mjs";
import { withoutFeatures } from "./style.mjs";

function removal(target) {
  const used = [...usedByClient().used.keys()];
  const missing = used.filter((path) => support(path, target) === "none");
  const styles = missing.filter((path) => path.startsWith("css."));
  const paths = missing.filter((path) => removable(path).length > 0);
  const objects = paths.map(removable);
  const sheets = [...STYLES].sort().map((name) => withoutFeatures(read(name), new Set(styles)));
  const steps = [
    ...objects.map((path) => `remove(${JSON.stringify(path)});`),
    `restyle(${JSON.stringify(sheets.join("\n"))});`,
  ];
  return {
    version: TARGETS[target],
    script: `${remove}\n${restyle}\n${steps.join("\n")}`,
    objects,
    styles,
    kept: missing.filter((path) => !paths.includes(path) && !styles.includes(path)),
  };
}

/** @returns {string[]} the interface, if it is not of the global object, and the member; none */
function removable(path) {
  const [, place, member] = /^(?:api|javascript\.builtins)\.(\w+)(?:\.(\w+))?$/.exec(path) ?? [];
  if (!place) return [];
  if (!member || place === "Window") return [member ?? place];
  return [place, member.replace(/_static$/, "").replace(/^(\w+)_event$/, "on$1")];
}

/** Runs in the page. */
function remove(path) {
  const name = path.at(-1);
  const of = path.length === 1 ? globalThis : globalThis[path[0]];
  for (const object of [of, of?.prototype]) if (object) delete object[name];
}

/** Runs in the page: another style sheet in place of its own. */
function restyle(text) {
  document.addEventListener("DOMContentLoaded", () => {
    const sheet = new globalThis.CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
    document.querySelector("style").disabled = true;
  });
}

process.stdout.write(JSON.stringify(removal(process.argv[2])));
