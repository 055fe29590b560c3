import globals from "globals";

const rules = {
  "consistent-return": "error",
  curly: ["error", "multi-line"],
  eqeqeq: "error",
  "max-lines": ["error", 250],
  "no-console": "error",
  "no-else-return": "error",
  "no-implicit-coercion": "error",
  "no-shadow": "error",
  "no-undef": "error",
  "no-unreachable": "error",
  "no-unused-private-class-members": "error",
  "no-unused-vars": "error",
  "no-use-before-define": ["error", { functions: false, classes: false }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "max-len": ["error", { code: 100, ignoreStrings: true }],
};

/** What tests/web/browser.mjs puts into the globals. */
const page = Object.fromEntries(
  ["document", "location", "history", "dispatchEvent"].map((name) => [name, "readonly"]),
);

export default [
  { ignores: ["homecall_appliance/web/static/vendor/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["homecall_appliance/web/static/**/*.{js,mjs}"],
    languageOptions: { ecmaVersion: 2022, globals: globals.browser },
    rules: { ...rules, "max-classes-per-file": ["error", 1] },
  },
  {
    files: ["homecall_appliance/web/static/app/Shared/Logger.mjs"],
    rules: { "no-console": "off" },
  },
  {
    files: ["tests/web/**/*.mjs", "eslint.config.mjs"],
    languageOptions: { ecmaVersion: 2025, globals: { ...globals.nodeBuiltin, ...page } },
    rules,
  },
  {
    files: ["tests/benchmarks/sending/*.mjs"],
    languageOptions: { ecmaVersion: 2022, globals: globals.browser },
    rules,
  },
  {
    files: ["tests/benchmarks/*.mjs"],
    languageOptions: { ecmaVersion: 2025, globals: globals.nodeBuiltin },
    rules,
  },
];
