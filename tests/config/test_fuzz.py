"""Whatever stands in the file and in the environment: a Config, or a ConfigError that prints."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homecall_appliance.config.environment import variable
from homecall_appliance.config.loader import ConfigError, Problem, load
from homecall_appliance.config.model import Acme, Config, TurnServer
from homecall_appliance.config.schema import keys, leaves

gentle = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JARGON = ("pydantic", "Traceback", "Input should", "Value error", "dataclass", "tuple", "<", "ctx")

NAMES = sorted(
    {name for table in keys(Config).values() for name in keys(table.hint)}
    | set(keys(Config))
    | set(keys(TurnServer))
    | set(keys(Acme))
)
PATHS = [path for path, _ in leaves(Config)]
scalars = (
    st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["auto", "file", "turn:a", "stun:a", "files", "0.0.0.0", ""])  # noqa: S104
    | st.dates(min_value=date(1000, 1, 1))
)
names = st.sampled_from(NAMES) | st.text(max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=6,
)
tables = st.dictionaries(st.sampled_from(list(keys(Config))), st.dictionaries(names, values))
variables = st.sampled_from(
    [variable(*path) for path in PATHS]
    + ["HOMECALL_CONFIG", "HOMECALL_X__Y", "HOMECALL___", "HOMECALL_CAMERA__", "HOMECALL__CAMERA"]
)
environs = st.dictionaries(
    variables,
    st.text(max_size=12)
    | st.text(alphabet="\udcff[]{}\"'=,a1\n", max_size=12)
    | values.map(lambda value: tomli_w.dumps({"v": value}).partition("= ")[2]),
    max_size=6,
)


def problems(path: Path | None, environ: dict[str, str]) -> tuple[Problem, ...]:
    try:
        assert isinstance(load(path, environ), Config)
    except ConfigError as error:
        return error.problems
    return ()


def judge(found: tuple[Problem, ...]) -> None:
    assert len(set(found)) == len(found)
    for problem in found:
        assert str(problem).encode()
        assert problem.sentence.endswith((".", "?"))


@gentle
@given(content=st.binary() | st.text().map(str.encode), environ=environs)
def test_any_bytes(tmp_path: Path, content: bytes, environ: dict[str, str]) -> None:
    path = tmp_path / "homecall.toml"
    path.write_bytes(content)
    judge(problems(path, environ))


@gentle
@given(document=tables | st.dictionaries(names, values), environ=environs)
def test_any_tables(tmp_path: Path, document: dict[str, Any], environ: dict[str, str]) -> None:
    path = tmp_path / "homecall.toml"
    path.write_bytes(tomli_w.dumps(document).encode("utf-8", "replace"))
    judge(problems(path, environ))


@pytest.mark.parametrize("text", ["x", "true", "[1]", "{a = 1}", "2020-01-01", "inf", "-1", '""'])
def test_no_key_speaks_the_jargon_of_the_library(text: str) -> None:
    for path in PATHS:
        found = problems(None, {variable(*path): text})
        assert not [word for word in JARGON if word in "".join(map(str, found))]
