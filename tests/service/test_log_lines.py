"""What a line of the log is where no journal takes it (`log.format`)."""

import json
import logging

import pytest
from aiohttp import ClientSession

from homecall_appliance.service.log_lines import JsonFormatter, KeyValueFormatter
from tests.support.appliance import Appliance

SESSION = "6f9f34d2-7dd3-4f1c-9d1f-5b5c0c9a3f10"


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("any", logging.WARNING, "any", 1, message, arguments, None)
    made.created = 1795348800.1239
    made.__dict__.update(fields)
    return made


def test_text_is_for_people() -> None:
    line = KeyValueFormatter().format(record("It is %s.", "so", SESSION_ID=SESSION, CALL_STATE=""))
    assert line == f"2026-11-22T12:00:00Z warning It is so. SESSION_ID={SESSION}"


def test_json_has_the_fields_of_the_journal_and_its_numbers() -> None:
    given = record("It is %s.", "so", SESSION_ID=SESSION, SIGNAL_BYTES=12, CALL_STATE="")
    assert json.loads(JsonFormatter().format(given)) == {
        "time": "2026-11-22T12:00:00.123Z",
        "level": "warning",
        "message": "It is so.",
        "SESSION_ID": SESSION,
        "SIGNAL_BYTES": 12,
    }


@pytest.mark.parametrize("message", ['"\\{}', "two\r\nlines\u2028", "☎ камера", "\udce9\x00\x1b["])
def test_json_is_one_line_whatever_is_told(message: str) -> None:
    line = JsonFormatter().format(record("%s", message))
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert json.loads(line)["message"] == message


def test_what_is_no_field_is_left_out() -> None:
    """Such as what a library gives its records, or what a record has by itself."""
    given = record("It is so.", from_="living room", USER_AGENT="a")
    assert json.loads(JsonFormatter().format(given)).keys() == {"time", "level", "message"}


@pytest.mark.slow
async def test_the_daemon_tells_each_call_so() -> None:
    async with (
        Appliance.running({"log": {"format": "json"}}) as appliance,
        ClientSession() as http,
    ):
        link = await appliance.link()
        async with http.ws_connect(link.replace("/?", "/signal?"), ssl=False) as phone:
            assert (await phone.receive_json())["type"] == "offer"
        await appliance.stop()
        entries = [json.loads(line) for line in appliance.log().splitlines()]
    story = [each for each in entries if each.get("SESSION_ID") == link.partition("=")[2]]
    (offered,) = (each for each in story if each.get("SIGNAL_TYPE") == "offer")
    assert offered["message"] == "Signaling: in offer, relayed."
    assert offered["level"] == "info"
    assert offered["SIGNAL_OUTCOME"] == "relayed"
    assert offered["SIGNAL_BYTES"] > 1000
    states = [each["CALL_STATE"] for each in story if "CALL_STATE" in each]
    assert states == ["published", "offered", "ended"]
    assert {"time", "level", "message"} <= set.intersection(*map(set, entries))
