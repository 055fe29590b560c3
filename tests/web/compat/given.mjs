/** What the composition root of the client gives to its classes. */
import ts from "typescript";

/**
 * @param {ts.SourceFile} root compose.mjs
 * @returns {Map<string, Set<string>>} the names of the parts that the class of each file is given
 */
export function givenBy(root) {
  const files = new Map();
  const names = new Map();
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      files.set(node.importClause.name.text, node.moduleSpecifier.text.replace(/^\./, "app"));
    } else if (ts.isNewExpression(node) && node.arguments[0]) {
      const keys = node.arguments[0].properties.map((one) => one.name.text);
      names.set(files.get(node.expression.text), new Set(keys));
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return names;
}
