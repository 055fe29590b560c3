/** What a page uses of HTML. */
import { parseHTML } from "linkedom";
import { data, own } from "./data.mjs";

const { elements, global_attributes: everywhere } = data.html;

/** @returns {Map<string, Set<string>>} for each feature the places where it is used */
export function usedByMarkup(name, text) {
  const used = new Map();
  const use = (path) => used.set(path, new Set([name]));
  for (const element of parseHTML(text).document.querySelectorAll("*")) {
    const tag = element.localName;
    const known = own(elements, tag);
    if (!known) continue;
    use(`html.elements.${tag}`);
    for (const { name: attribute, value } of element.attributes) {
      const path = attributePath(tag, known, attribute);
      if (path) use(path);
      const values = (path && own(known, attribute)) || {};
      if (own(values, value)) use(`${path}.${value}`);
    }
  }
  return used;
}

function attributePath(tag, known, attribute) {
  if (own(known, attribute)) return `html.elements.${tag}.${attribute}`;
  return own(everywhere, attribute) && `html.global_attributes.${attribute}`;
}
