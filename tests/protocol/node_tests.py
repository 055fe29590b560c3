"""The tests of the web client, which `npm test` runs, by their names."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "web"

_NAME = re.compile(r"""^\s*test\((["`])(?P<name>.*?)\1,""", re.MULTILINE)


def node_test_names() -> set[str]:
    """Return the names of all tests of the web client; templates as they are written."""
    sources = (path.read_text() for path in FOLDER.glob("*.test.mjs"))
    return {match["name"] for source in sources for match in _NAME.finditer(source)}
