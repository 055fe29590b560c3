"""The sources of the web client as a browser gets them: one script and one style sheet. PURE.

A module may import the default of another by a line of its own, and export a default that begins a
line and is a class, a function or an object literal. No more is understood of modules (ECMA-262,
section 16.2): each becomes a function that is called once, after those that it imports.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping

_IMPORT = re.compile(r'import (?P<name>\w+) from "(?P<path>\.[^"]+)";')
_NAMED = re.compile(r"export default (?P<what>(?:class|function) (?P<name>\w+).*)")
_OBJECT = re.compile(r"export default (?P<what>\{.*)")
_MODULE_SYNTAX = re.compile(r"(?:import|export)\b")
_COMMENTS = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*\n", re.DOTALL | re.MULTILINE)
"""Those that have lines of their own."""

_INDENTS = re.compile(r"^[ \t]+|^\n", re.MULTILINE)
"""And empty lines."""


class BundleError(ValueError):
    """A source is not written so that it can be bundled; `str()` names it."""


def script(sources: Mapping[str, str], entry: str) -> str:
    """Return a script that does what the module `entry` does, without comments; `sources` has the
    texts of all modules by their paths.

    Raises BundleError.
    """
    bundle = _Bundle(sources)
    bundle.add(entry)
    return "".join(bundle.parts)


def style(sheets: Iterable[str]) -> str:
    """Return style sheets as one, in their order, without comments."""
    return "".join(_INDENTS.sub("", _COMMENTS.sub("", sheet)) for sheet in sheets)


class _Bundle:
    def __init__(self, sources: Mapping[str, str]) -> None:
        self.parts: list[str] = []
        self._sources = sources
        self._variables: dict[str, str] = {}
        self._open: list[str] = []

    def add(self, path: str) -> str:
        """Add a module after what it imports, unless it is there; return its variable."""
        if path in self._open:
            raise BundleError(f"{path} imports itself by {self._open[-1]}.")
        if path not in self._variables:
            if path not in self._sources:
                raise BundleError(f"{path} is not there.")
            self._open.append(path)
            body = self._body(path)
            self._open.pop()
            self._variables[path] = f"module{len(self._variables)}"
            self.parts.append(f"const {self._variables[path]} = (() => {{\n{body}}})();\n")
        return self._variables[path]

    def _body(self, path: str) -> str:
        imports, lines, exported = [], [], ""
        for line in _COMMENTS.sub("", self._sources[path]).splitlines(keepends=True):
            if line.count("`") % 2:
                raise BundleError(f"{path} has a template of several lines.")
            if found := _IMPORT.match(line):
                imported = posixpath.join(posixpath.dirname(path), found["path"])
                variable = self.add(posixpath.normpath(imported))
                imports.append(f"const {found['name']} = {variable};\n")
            elif found := _NAMED.match(line):
                exported = f"return {found['name']};\n"
                lines.append(f"{found['what']}\n")
            elif found := _OBJECT.match(line):
                lines.append(f"return {found['what']}\n")
            elif _MODULE_SYNTAX.match(line):
                raise BundleError(f"{path} has more than can be bundled: {line.strip()}")
            else:
                lines.append(line)
        return "".join(imports) + _INDENTS.sub("", "".join(lines)) + exported
