/**
 * What the client's scripts use of the web's interfaces and of JavaScript's own objects.
 *
 * TypeScript's checker tells of what interface a member is. Where it does not know, a member counts
 * for every interface that the client has to do with, and else it has to stand in RECEIVERS.
 */
import ts from "typescript";
import { below, data, find, own } from "./data.mjs";
import { givenBy } from "./given.mjs";
import { RECEIVERS } from "./receivers.mjs";

const OPTIONS = {
  allowJs: true,
  checkJs: true,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  target: ts.ScriptTarget.ESNext,
  types: [],
};

const ROOT = "app/compose.mjs";

const GLOBAL = ["api", "api.Window", "api.ServiceWorkerGlobalScope", "javascript.builtins"];

/**
 * @param {string[]} files paths of scripts
 * @param {string[]} tags the elements that their page consists of
 * @returns {{used: Map<string, Set<string>>, unknown: Map<string, string>, idle: string[]}}
 *   the places where each feature is used, as "file:line"; each member of which nothing is known;
 *   and the names in RECEIVERS that nothing needs
 */
export function usedByScripts(files, tags) {
  const program = ts.createProgram(files, OPTIONS);
  const root = program.getSourceFile(files.find((file) => file.endsWith(ROOT)));
  const reading = new Reading(program.getTypeChecker(), givenBy(root));
  reading.seeElements(program.getSourceFile(files[0]), tags);
  for (const file of files) reading.read(program.getSourceFile(file));
  return reading.finish();
}

class Reading {
  #checker;
  #reach = new Set();
  #declared = new Set();
  #untyped = [];
  #used = new Map();
  #needed = new Set();
  #words = new Set();
  #given; // see givenBy()
  #ours = new Set();
  #place;

  constructor(checker, given) {
    this.#checker = checker;
    this.#given = given;
  }

  seeElements(file, tags) {
    const interfaces = this.#checker.getSymbolsInScope(file, ts.SymbolFlags.Interface);
    const map = interfaces.find(({ name }) => name === "HTMLElementTagNameMap");
    for (const tag of [...map.members.values()].filter(({ name }) => tags.includes(name))) {
      this.#see(this.#checker.getTypeOfSymbol(tag));
    }
  }

  read(file) {
    const name = file.fileName.replace(/^.*\/static\//, "");
    this.#words = words(file);
    this.#ours = this.#given.get(name) ?? new Set();
    const visit = (node) => {
      this.#place = `${name}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
      this.#visit(node);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }

  finish() {
    const unknown = new Map();
    for (const { name, place, words: around } of this.#untyped) {
      this.#place = place;
      this.#words = around;
      const told = Object.hasOwn(RECEIVERS, name);
      const receivers = told ? [RECEIVERS[name] ?? []].flat() : [...this.#reach];
      if (told) this.#needed.add(name);
      const paths = receivers.flatMap((one) => members(one, name));
      for (const path of paths) this.#use(path);
      const ours = told || this.#declared.has(name) || !inData(name);
      if (paths.length === 0 && !ours) unknown.set(name, place);
    }
    const idle = Object.keys(RECEIVERS).filter((name) => !this.#needed.has(name));
    return { used: this.#used, unknown, idle };
  }

  #visit(node) {
    if (ts.isPropertyAccessExpression(node)) {
      this.#member(node.expression, node.name.text);
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const key = (node.propertyName ?? node.name).getText();
      if (!this.#ours.has(key)) this.#memberOf(this.#checker.getTypeAtLocation(node.parent), key);
    } else if (ts.isIdentifier(node)) {
      this.#identifier(node);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) this.#call(node);
    if (node.name && isDeclaration(node)) this.#declared.add(node.name.text);
  }

  #identifier(node) {
    const declaration = this.#checker.getSymbolAtLocation(node)?.declarations?.[0];
    const isName = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    if (declaration && !isName && isLibrary(declaration)) this.#global(node.text);
  }

  #member(receiver, name) {
    const text = receiver.getText();
    const type = this.#checker.getTypeAtLocation(receiver);
    this.#see(type);
    if (text === "globalThis") this.#global(name);
    else if (!this.#ours.has(/\w*$/.exec(text)[0])) this.#memberOf(type, name);
    for (const path of existing(`api.${text}`, [`${name}_static`])) this.#use(path);
  }

  #memberOf(type, name) {
    const found = this.#interfaces(type);
    const paths = found?.flatMap((one) => members(one, name)) ?? [];
    for (const path of paths) this.#use(path);
    const property = this.#checker.getPropertyOfType(type, name);
    if (property) this.#see(this.#checker.getTypeOfSymbol(property));
    // An HTMLElement may be any of them.
    const open = found === null || (found.length > 0 && !property && paths.length === 0);
    if (open) this.#untyped.push({ name, place: this.#place, words: this.#words });
  }

  /** An event is listened to by its name; a listener is told of it by an object. */
  #call(node) {
    const signature = this.#checker.getResolvedSignature(node);
    for (const parameter of signature?.parameters ?? []) {
      this.#see(this.#checker.getTypeOfSymbol(parameter));
    }
    this.#see(this.#checker.getTypeAtLocation(node));
    const { expression, arguments: [first] = [] } = node;
    if (expression.name?.text !== "addEventListener" || !ts.isStringLiteral(first)) return;
    const receiver = expression.expression;
    const type = this.#checker.getTypeAtLocation(receiver);
    const found = receiver.getText() === "globalThis" ? ["Window"] : this.#interfaces(type);
    for (const one of found ?? [...this.#reach]) {
      for (const path of members(one, `${first.text}_event`)) this.#use(path);
    }
  }

  #global(name) {
    for (const place of GLOBAL) if (own(find(place), name)) this.#use(`${place}.${name}`);
  }

  /** Remember the interfaces of a type, and of what its functions are given. */
  #see(type) {
    for (const one of this.#interfaces(type) ?? []) this.#reach.add(one);
    for (const part of type.types ?? [type]) {
      for (const signature of part.getCallSignatures?.() ?? []) {
        for (const parameter of signature.parameters) {
          const given = this.#checker.getTypeOfSymbol(parameter);
          for (const one of this.#interfaces(given) ?? []) this.#reach.add(one);
        }
      }
    }
  }

  /** @returns {?string[]} the names of a type's interfaces, its ancestors' too; null: unknown */
  #interfaces(type) {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return null;
    if (type.isUnionOrIntersection()) {
      return type.types.flatMap((one) => this.#interfaces(one) ?? []);
    }
    const apparent = this.#checker.getApparentType(type);
    const name = apparent.symbol?.name.replace(/Constructor$/, "").replace(/^Readonly/, "");
    const bases = apparent.isClassOrInterface() ? this.#checker.getBaseTypes(apparent) : [];
    const above = bases.flatMap((one) => this.#interfaces(one) ?? []);
    const known = name && (own(data.api, name) ?? own(data.javascript.builtins, name));
    return known ? [name, ...above] : above;
  }

  /** A feature, and those below it that a word of the file stands for. */
  #use(path) {
    if (!this.#used.has(path)) this.#used.set(path, new Set());
    this.#used.get(path).add(this.#place);
    if (/^(api|javascript\.builtins)\.[A-Z]\w*$/.test(path)) return; // of an interface: its members
    for (const [name] of below(find(path))) {
      const word = name.replace(/^(options|init|permission)_/, "").replace(/_parameter$/, "");
      if (this.#words.has(word)) this.#use(`${path}.${name}`);
    }
  }
}

/** @returns {string[]} the paths of an interface's member, and of the event of a handler */
function members(of, name) {
  const event = name.startsWith("on") ? [`${name.slice(2)}_event`] : [];
  const keys = ["api", "javascript.builtins"].map((place) => `${place}.${of}`);
  return keys.flatMap((key) => existing(key, [name, ...event]));
}

function existing(path, names) {
  const node = find(path) ?? {};
  return names.filter((one) => own(node, one)).map((one) => `${path}.${one}`);
}

function inData(name) {
  return Object.keys(data.api).some((one) => members(one, name).length > 0);
}

function isDeclaration(node) {
  return ts.isClassElement(node) || ts.isObjectLiteralElement(node);
}

function isLibrary(declaration) {
  return /\/lib\.[^/]*d\.ts$/.test(declaration.getSourceFile().fileName);
}

/** @returns {Set<string>} the strings of a file, and the keys of its objects */
function words(file) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isStringLiteralLike(node)) found.add(node.text);
    if (node.name && ts.isObjectLiteralElement(node)) found.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
