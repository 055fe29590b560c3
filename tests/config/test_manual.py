"""The shipped file is the manual of the model; what `show-config` prints loads again."""

import re
from dataclasses import fields, replace
from pathlib import Path

from homecall_appliance.config.loader import load
from homecall_appliance.config.manual import dump, manual
from homecall_appliance.config.model import Acme, Camera, Config, Ice, Session, Tls, TurnServer

SHIPPED = Path(__file__).parents[2] / "config" / "homecall.toml"
KEY = re.compile(r"^#(?=[a-z_]+ = )", re.MULTILINE)


def loaded(folder: Path, text: str) -> Config:
    path = folder / "homecall.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {})


def test_the_shipped_file_is_the_manual() -> None:
    hint = "write it with: python -m homecall_appliance.config.manual >config/homecall.toml"
    assert SHIPPED.read_bytes() == manual().encode(), hint


def test_it_loads_to_the_defaults_with_every_key_taken_in(tmp_path: Path) -> None:
    assert loaded(tmp_path, manual()) == Config()
    beside_relays, relays = manual().split("#[[ice.turn]]")
    after_relays = relays[relays.index("[camera]") :]
    text = KEY.sub("", beside_relays + after_relays)
    assert loaded(tmp_path, text) == Config()
    sections = {each.name: getattr(Config(), each.name) for each in fields(Config)}
    for name, table in {**sections, "tls.acme": Acme()}.items():
        _, found, section = text.partition(f"\n[{name}]\n")
        assert found
        for key in fields(table):
            apart = (name, key.name) in {("ice", "turn"), ("tls", "acme")}
            assert apart or f"\n{key.name} = " in section.partition("\n[")[0]


def test_every_key_is_documented() -> None:
    lines = manual().splitlines()
    for index, line in enumerate(lines):
        if KEY.match(line) or line.startswith("["):
            assert lines[index - 1].startswith("# "), line
    assert max(map(len, lines)) < 80


def test_a_dump_loads_to_the_same_configuration(tmp_path: Path) -> None:
    config = Config(
        session=Session(reconnect_grace=2.5),
        ice=Ice(stun=("stun:a.example",)),
        camera=Camera(device='a "b" \\ дом', rotation=90),
    )
    for text in (dump(config), dump(config, changed_only=True)):
        assert loaded(tmp_path, text) == config


def test_a_dump_of_changes_has_nothing_else() -> None:
    assert dump(Config(), changed_only=True) == ""
    changed = dump(Config(session=Session(wait_timeout=60.0)), changed_only=True)
    assert changed == "[session]\nwait_timeout = 60\n"


def test_a_dump_of_changes_leaves_out_what_is_usual_in_a_table_of_a_table(tmp_path: Path) -> None:
    config = Config(tls=Tls(acme=Acme(domain="door.example", propagation_timeout=60.0)))
    text = dump(config, changed_only=True)
    assert text == '[tls.acme]\ndomain = "door.example"\npropagation_timeout = 60\n'
    assert loaded(tmp_path, text) == loaded(tmp_path, dump(config)) == config


def test_a_dump_has_the_names_of_variables_and_not_their_values(tmp_path: Path) -> None:
    config = Config(tls=Tls(acme=Acme(environment={"DESEC_TOKEN": "hush", "EMPTY": ""})))
    assert "hush" not in repr(config)
    for text in (dump(config), dump(config, changed_only=True)):
        assert "hush" not in text
        assert text.startswith("# Secrets are shown as")
        shown = loaded(tmp_path, text).tls.acme.environment
        assert shown == {"DESEC_TOKEN": "********", "EMPTY": ""}


def test_a_dump_has_no_secrets_and_still_loads(tmp_path: Path) -> None:
    relays = (
        TurnServer(urls=("turn:a",), secret="hush"),  # noqa: S106
        TurnServer(urls=("turn:b",), username="me", credential="hush"),
    )
    text = dump(Config(ice=Ice(turn=relays)))
    assert "hush" not in text
    assert text.startswith("# Secrets are shown as")
    assert loaded(tmp_path, text).ice.turn == (
        replace(relays[0], secret="********"),  # noqa: S106
        replace(relays[1], credential="********"),
    )
