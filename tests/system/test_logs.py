"""The recipe of docs/logs.md, word by word: a call is followed by its id on the phone, in the
journal, and on a machine that collects logs, each with Debian's rsyslog."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.service.log_lines import FIELDS
from tests.support.machine.appliance import Appliance, install, with_test_devices
from tests.support.machine.calls import call, hang_up, phone_at
from tests.support.machine.layers import debian
from tests.support.machine.machine import Machine, machine
from tests.support.machine.package import dependencies
from tests.support.network import Home
from tests.support.rigs.packages import REPOSITORY

# The Debian root is built the first time: two minutes.
pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(900)]

PAGE = (REPOSITORY / "docs" / "logs.md").read_text()
COLLECTS, SENDS = "On the machine that collects", "On the appliance"

NAME = "logs"
"""What the page calls the machine that collects."""

EXAMPLE = "6f9f34d2-7dd3-4f1c-9d1f-5b5c0c9a3f10"
"""The session of the page's commands."""

CERTIFICATE = "/etc/rsyslog.d/homecall.crt"
CONFIGURATION = "/etc/rsyslog.d/homecall.conf"
COLLECTED = "/var/log/homecall.json"

FORWARD_SECONDS = 60.0
"""Generous: rsyslog tries a machine that was away again after half a minute."""

_WHOLE = re.DOTALL | re.MULTILINE


def chapter(title: str) -> str:
    """What stands below a heading."""
    found = re.search(rf"^##+ {title}$(.*?)(?=^##|\Z)", PAGE, _WHOLE)
    assert found, title
    return found[1]


def blocks(title: str, kind: str = "") -> list[str]:
    """The pieces of shell ("sh"), or of configuration, below a heading."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", chapter(title), _WHOLE)
    return [
        re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
        for indent, each, text in found
        if each == kind
    ]


def packages(title: str) -> list[str]:
    """What a step of the page has apt install."""
    (names,) = re.findall(r"`sudo apt install ([^`]+)`", chapter(title))
    return str(names).split()


def follow(title: str, computer: Machine) -> None:
    """Do what the page says, after the packages are there; root is who does it."""
    for script in blocks(title, "sh"):
        computer.run("sh", "-euc", script.replace("sudo ", ""))
    (configuration,) = blocks(title)
    assert f"`{CONFIGURATION}`" in chapter(title)
    computer.put(CONFIGURATION, configuration)
    print(computer.run("rsyslogd", "-N1"))
    computer.run("systemctl", "restart", "rsyslog")


def with_session(script: str, session_id: str) -> list[str]:
    """A command of the page, about another call."""
    assert EXAMPLE in script
    return ["sh", "-euc", script.replace("sudo ", "").replace(EXAMPLE, session_id)]


def entries(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def with_rsyslog(bare: Path, package: Path) -> Iterator[Path]:
    """A Debian 13 with what the page has apt install, and what the package depends on."""
    assert bare.exists(), "it is in use, so that nobody takes it for an old one"
    assert packages(COLLECTS) == packages(SENDS)
    with debian([*dependencies(package), *packages(SENDS)]) as root:
        yield root


WHERE_IT_ASKS = {CallState.RINGING, CallState.ACCEPTED}
"""The states of a call only where `call.answer` is "ask"."""


@pytest.fixture
def collector(with_rsyslog: Path, network: Home) -> Iterator[Machine]:
    """The machine that collects logs, which has gone by the page."""
    with network.host(90) as cable, machine(cable, [with_rsyslog]) as made:
        made.boot()
        follow(COLLECTS, made)
        yield made
        print(made.journal("--unit", "rsyslog"))


@pytest.fixture
def sender(
    with_rsyslog: Path, network: Home, package: Path, collector: Machine
) -> Iterator[Appliance]:
    """An appliance, whose owner has gone by the page. It finds the other machine by its name."""
    with network.host(91) as cable, machine(cable, [with_rsyslog]) as made:
        made.boot()
        with made.path("/etc/hosts").open("a") as hosts:
            hosts.write(f"{collector.cable.address} {NAME}\n")
        made.put(CERTIFICATE, collector.path(CERTIFICATE).read_bytes())
        follow(SENDS, made)
        install(made, package)
        with_test_devices(made)
        appliance = Appliance(made)
        appliance.systemctl("restart")
        appliance.becomes("active")
        yield appliance
        print(appliance.journal(), made.journal("--unit", "rsyslog"))


def collected(collector: Machine, text: str) -> bool:
    """Whether the collected lines have it."""
    return text in collector.run("cat", COLLECTED, check=False)


async def test_a_call_is_found_by_its_id_at_the_other_end(
    sender: Appliance, collector: Machine, network: Home
) -> None:
    session_id = sender.link().partition("=")[2]
    async with phone_at(network, sender) as phone:
        await call(sender, phone)
        await hang_up(sender, phone)
        told = [line for line in phone.console if f"SESSION_ID={session_id} " in line]
    (find,) = blocks("What comes of it", "sh")
    command = with_session(find, session_id)
    end = f'"CALL_STATE":"{CallState.ENDED}"'
    collector.wait_for(
        lambda: end in collector.run(*command, check=False), FORWARD_SECONDS, "the call's end"
    )
    story = entries(collector.run(*command))
    for each in story:
        print(each)
    states = [each["CALL_STATE"] for each in story if "CALL_STATE" in each]
    assert states == [each for each in CallState if each not in WHERE_IT_ASKS]
    assert {each["SESSION_ID"] for each in story} == {session_id}
    assert {each["host"] for each in story} == {"homecall"}
    assert set().union(*story) == {"time", "host", "level", "message", *FIELDS}

    (show, _) = blocks("Following one call", "sh")[0].splitlines()
    journal = entries(
        sender.machine.run(*with_session(f"{show} --output=json --no-pager", session_id))
    )
    assert [each["message"] for each in story] == [each["MESSAGE"] for each in journal]

    # The two ends of the signaling tell the same messages, by kind and size.
    messages = {
        (each["SIGNAL_TYPE"], str(each["SIGNAL_BYTES"])) for each in story if "SIGNAL_TYPE" in each
    }
    by_phone = re.findall(r"SIGNAL_TYPE=(\w+) .*?SIGNAL_BYTES=(\d+)", "\n".join(told))
    assert {kind for kind, _ in by_phone} >= {"offer", "answer", "candidate"}
    assert set(by_phone) <= messages


def test_what_the_appliance_says_waits_for_the_other_machine(
    sender: Appliance, collector: Machine
) -> None:
    collector.wait_for(
        lambda: collected(collector, "Ready for a call."), FORWARD_SECONDS, "the first lines"
    )
    collector.run("systemctl", "stop", "syslog.socket", "rsyslog")
    sender.systemctl("restart")
    sender.becomes("active")
    session_id = sender.link().partition("=")[2]
    sender.machine.run("systemctl", "restart", "rsyslog")
    assert not collected(collector, session_id)
    collector.run("systemctl", "start", "rsyslog")
    first = f'"message":"A participant is connected.", "SESSION_ID":"{session_id}"'
    published = f'"SESSION_ID":"{session_id}", "CALL_STATE":"{CallState.PUBLISHED}"'
    collector.wait_for(  # in whatever order: what waited need not keep it
        lambda: collected(collector, first) and collected(collector, published),
        FORWARD_SECONDS,
        "the lines that waited",
    )
    every = entries(collector.run("cat", COLLECTED))
    assert any("Started homecall-appliance.service" in each["message"] for each in every)
    assert not [each for each in every if "rsyslog" in each["message"]], "no line of another's"


def test_nothing_goes_to_a_machine_that_only_has_the_name(
    sender: Appliance, collector: Machine
) -> None:
    collector.wait_for(
        lambda: collected(collector, "Ready for a call."), FORWARD_SECONDS, "the first lines"
    )
    collector.run("rm", COLLECTED)
    for script in blocks(COLLECTS, "sh"):
        collector.run("sh", "-euc", script.replace("sudo ", ""))
    collector.run("systemctl", "restart", "rsyslog")
    sender.systemctl("restart")
    sender.becomes("active")
    refused = "certificate verify failed"
    sender.machine.wait_for(
        lambda: refused in sender.machine.journal("--unit", "rsyslog"), FORWARD_SECONDS, refused
    )
    assert collector.attempt("test", "-s", COLLECTED).returncode != 0
