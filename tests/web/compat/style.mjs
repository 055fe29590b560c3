/** What the style sheets use of CSS, and the style sheets without what a browser lacks of it. */
import * as csstree from "css-tree";
import { below, data, find, own } from "./data.mjs";

const { properties, selectors, types, "at-rules": atRules } = data.css;

/** Paths of the functions and keywords of values, wherever the data has them below css.types. */
const VALUES = new Map();
const collect = (path, node) => {
  for (const [name, each] of below(node)) {
    if (!VALUES.has(name)) VALUES.set(name, `${path}.${name}`);
    collect(`${path}.${name}`, each);
  }
};
collect("css.types", types);

const VIEWPORT = { d: "dynamic", l: "large", s: "small" };

/** @returns {Map<string, Set<string>>} for each feature the places where it is used */
export function usedByStyle(name, text) {
  const used = new Map();
  csstree.walk(parse(text), (node) => {
    for (const path of features(node)) {
      if (!used.has(path)) used.set(path, new Set());
      used.get(path).add(`${name}:${node.loc.start.line}`);
    }
  });
  return used;
}

/**
 * The style sheet as a browser reads it that lacks features: without the declarations, the rules
 * and the at-rules that it does not understand (CSS Syntax, section 2.2).
 * @param {Set<string>} missing paths
 */
export function withoutFeatures(text, missing) {
  const lacks = (node) => {
    let found = false;
    csstree.walk(node, (each) => (found ||= features(each).some((path) => missing.has(path))));
    return found;
  };
  const tree = parse(text);
  csstree.walk(tree, {
    leave(node, item, list) {
      const head = { Declaration: node, Rule: node.prelude, Atrule: node.prelude }[node.type];
      const self = node.type === "Atrule" && features(node).some((path) => missing.has(path));
      if (list && head && (self || lacks(head))) list.remove(item);
    },
  });
  return csstree.generate(tree);
}

function parse(text) {
  return csstree.parse(text, {
    positions: true,
    parseCustomProperty: true,
    onParseError: (error) => {
      throw error;
    },
  });
}

/** @returns {string[]} the paths of what a node itself says */
function features(node) {
  const { type, name } = node;
  if (type === "Declaration") return ofDeclaration(node);
  if (type === "Atrule" && own(atRules, name)) return [`css.at-rules.${name}`];
  if (type === "Feature" && own(atRules.media, plain(name))) {
    return [`css.at-rules.media.${plain(name)}`];
  }
  if (type === "FeatureRange") return ["css.at-rules.media.range_syntax"];
  if (type === "PseudoClassSelector" || type === "PseudoElementSelector") return ofSelector(node);
  if (type === "Function" && VALUES.has(name)) return [VALUES.get(name)];
  if (type === "Dimension") return ofUnit(node.unit);
  return [];
}

function ofDeclaration({ property, value }) {
  const feature = own(properties, property);
  if (!feature) return [];
  const path = `css.properties.${property}`;
  const words = new Set();
  csstree.walk(value, ({ type, name }) => {
    if (type === "Identifier" || type === "Function") words.add(name);
  });
  // In what kind of box a property stands the sheet does not tell: it stands for all of them.
  const names = below(feature).map(([name]) => name);
  const parts = names.filter((name) => words.has(name) || /^(flex|grid)_context$/.test(name));
  return [path, ...parts.map((name) => `${path}.${name}`)];
}

function ofSelector({ name, children }) {
  if (!own(selectors, name)) return [];
  const path = `css.selectors.${name}`;
  const isList = children?.first?.children?.size > 1;
  return isList && find(path).selector_list ? [path, `${path}.selector_list`] : [path];
}

function ofUnit(unit) {
  const viewport = /^([dls])v(?:h|w|i|b|min|max)$/.exec(unit);
  if (viewport) return [`css.types.length.viewport_percentage_units_${VIEWPORT[viewport[1]]}`];
  return VALUES.has(unit) ? [VALUES.get(unit)] : [];
}

function plain(feature) {
  return feature.replace(/^(min|max)-/, "");
}
