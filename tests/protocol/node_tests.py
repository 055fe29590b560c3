"""The tests of the web client, which `npm test` runs, by their names."""

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "web"


def assert_node_test(file: str, name: str) -> None:
    """Check that tests/web/`file` has a test with exactly this name, or name template."""
    source = (FOLDER / file).read_text()
    assert any(f"test({quote}{name}{quote}," in source for quote in '"`'), f"{file} has no: {name}"
