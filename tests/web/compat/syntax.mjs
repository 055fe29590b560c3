/**
 * The newer syntax of JavaScript that scripts use: of ECMAScript 2020 to 2022, and of its regular
 * expressions. What is newer still is refused by ESLint, which reads the client as of 2022.
 */
import { visitRegExpAST, RegExpParser } from "@eslint-community/regexpp";
import ts from "typescript";

const { SyntaxKind: Kind } = ts;

const OPERATORS = {
  [Kind.QuestionQuestionToken]: "nullish_coalescing",
  [Kind.QuestionQuestionEqualsToken]: "nullish_coalescing_assignment",
  [Kind.BarBarEqualsToken]: "logical_or_assignment",
  [Kind.AmpersandAmpersandEqualsToken]: "logical_and_assignment",
  [Kind.AsteriskAsteriskToken]: "exponentiation",
  [Kind.AsteriskAsteriskEqualsToken]: "exponentiation_assignment",
};

const FLAGS = ["dotAll", "hasIndices", "sticky", "unicode", "unicodeSets"];

/** @returns {Map<string, Set<string>>} for each feature the places where it is used */
export function syntaxOfScript(name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const used = new Map();
  const visit = (node) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    for (const path of features(node)) {
      if (!used.has(path)) used.set(path, new Set());
      used.get(path).add(`${name}:${line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return used;
}

function features(node) {
  if (node.kind === Kind.RegularExpressionLiteral) return ofExpression(node.text);
  return [...ofOperators(node), ...ofClasses(node), ...ofModules(node), ...ofLiterals(node)].map(
    (path) => `javascript.${path}`,
  );
}

function* ofOperators(node) {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind in OPERATORS) {
    yield `operators.${OPERATORS[node.operatorToken.kind]}`;
  }
  if (node.questionDotToken) yield "operators.optional_chaining";
  if (node.kind === Kind.SpreadAssignment) yield "operators.spread.spread_in_object_literals";
}

function* ofClasses(node) {
  const isPrivate = node.name?.kind === Kind.PrivateIdentifier;
  const isStatic = node.modifiers?.some(({ kind }) => kind === Kind.StaticKeyword);
  if (node.kind === Kind.ClassStaticBlockDeclaration) yield "classes.static.initialization_blocks";
  if (ts.isPropertyDeclaration(node)) {
    yield `classes.${isPrivate ? "private" : "public"}_class_fields`;
    if (isStatic) yield "classes.static.class_fields";
  }
  const isMethod = ts.isMethodDeclaration(node) || ts.isAccessor(node);
  if (isMethod && isPrivate) yield "classes.private_class_methods";
  const isIn = ts.isBinaryExpression(node) && node.operatorToken.kind === Kind.InKeyword;
  if (isIn && ts.isPrivateIdentifier(node.left)) yield "classes.private_class_fields_in";
}

function* ofModules(node) {
  if (ts.isAwaitExpression(node) && !within(node)) yield "operators.await.top_level";
  if (ts.isForOfStatement(node) && node.awaitModifier) yield "statements.for_await_of";
  if (ts.isCallExpression(node) && node.expression.kind === Kind.ImportKeyword) {
    yield "operators.import";
  }
  if (ts.isMetaProperty(node) && node.name.text === "meta") yield "operators.import_meta";
  if (ts.isNamespaceExport(node)) yield "statements.export.namespace";
}

function* ofLiterals(node) {
  if (ts.isCatchClause(node) && !node.variableDeclaration) {
    yield "statements.try_catch.optional_catch_binding";
  }
  if (ts.isBigIntLiteral(node)) yield "builtins.BigInt";
  if (ts.isNumericLiteral(node) && node.getText().includes("_")) yield "grammar.numeric_separators";
}

/** Whether a node is in a function. */
function within(node) {
  return node.parent !== undefined && (ts.isFunctionLike(node.parent) || within(node.parent));
}

function ofExpression(literal) {
  const used = [];
  const use = (name) => used.push(`javascript.regular_expressions.${name}`);
  const { pattern, flags } = new RegExpParser().parseLiteral(literal);
  visitRegExpAST(pattern, {
    onAssertionEnter({ kind }) {
      if (kind === "lookbehind") use("lookbehind_assertion");
    },
    onCapturingGroupEnter({ name }) {
      if (name !== null) use("named_capturing_group");
    },
    onCharacterSetEnter({ kind }) {
      if (kind === "property") use("unicode_character_class_escape");
    },
    onModifiersEnter: () => use("modifier"),
  });
  const flagged = FLAGS.filter((name) => flags[name]);
  used.push(...flagged.map((name) => `javascript.builtins.RegExp.${name}`));
  return used;
}
