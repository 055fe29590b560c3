"""The client's sources as one script and one style sheet."""

import json
import subprocess
from pathlib import Path

import pytest

from homecall_appliance.app.serving import STATIC
from homecall_appliance.web.bundle import BundleError, script, style

PARTS = {
    "app.js": 'import run from "./app/run.mjs";\n\nrun();\n',
    "app/run.mjs": """/** Runs. */
import Two from "./Deep/Two.mjs";
import One from "./One.mjs";

const STEP = "run"; // a constant of its own

/** @returns nothing */
export default function run() {
  console.log(JSON.stringify([STEP, new One().value, new Two().value, "/* kept */ // kept"]));
}
""",
    "app/One.mjs": """// A module that two others import.
import texts from "./texts.mjs";

let made = 0;
const STEP = "one";

export default class One {
  constructor() {
    made += 1;
    this.value = `${texts.hello} ${made} ${STEP}`;
  }
}
""",
    "app/Deep/Two.mjs": """import One from "../One.mjs";

export default class Two extends One {}
""",
    "app/texts.mjs": """export default {
  // A comment.
  hello: "https://example",
};
""",
}


def run(source: str) -> object:
    done = subprocess.run(
        ["node", "--input-type=module", "-"],
        input=source,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return json.loads(done.stdout)


@pytest.mark.node
def test_the_script_does_what_its_modules_do(tmp_path: Path) -> None:
    for name, text in PARTS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    modules = run(f'await import("{tmp_path.as_uri()}/app.js")')
    values = ["https://example 1 one", "https://example 2 one"]
    assert modules == ["run", *values, "/* kept */ // kept"]
    assert run(script(PARTS, "app.js")) == modules


def test_the_script_has_no_comment_that_has_a_line_of_its_own() -> None:
    assert [line for line in script(PARTS, "app.js").splitlines() if line.startswith("/")] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('import "./One.mjs";', "app/run.mjs has more"),
        ('import { a } from "./One.mjs";', "app/run.mjs has more"),
        ('import Qr from "qr";', "app/run.mjs has more"),
        ("export const A = 1;", "app/run.mjs has more"),
        ("export default A;", "app/run.mjs has more"),
        ("export { A };", "app/run.mjs has more"),
        ('import None from "./None.mjs";', "app/None.mjs is not there"),
        ('import run from "./run.mjs";', "app/run.mjs imports itself"),
        ("const a = `\n`;", "app/run.mjs has a template"),
    ],
)
def test_what_cannot_be_bundled_is_an_error(text: str, told: str) -> None:
    with pytest.raises(BundleError, match=told):
        script({**PARTS, "app/run.mjs": f"{text}\n"}, "app.js")


def test_the_sheets_are_one_in_their_order() -> None:
    sheets = ["/* One\n   more */\na {\n  color: red; /* kept */\n}\n", "\nb {\n}\n"]
    assert style(sheets) == "a {\ncolor: red; /* kept */\n}\nb {\n}\n"


@pytest.mark.node
def test_the_client_itself_can_be_bundled() -> None:
    paths = [STATIC / "app.js", *STATIC.glob("app/**/*.mjs")]
    texts = {path.relative_to(STATIC).as_posix(): path.read_text("utf-8") for path in paths}
    made = script(texts, "app.js")
    subprocess.run(["node", "--input-type=module", "--check"], input=made.encode(), check=True)
    classes = sum("export default class" in text for text in texts.values())
    assert made.count("class HomeCall_Web_") == classes
