"""Chromium's record of its network, as `net_log` reads it."""

import json
from typing import Any

from tests.benchmarks.visiting.net_log import Traffic, events, traffic

CONSTANTS = {
    "timeTickOffset": 1_000_000,
    "logEventTypes": {
        "HTTP_TRANSACTION_SEND_REQUEST_HEADERS": 1,
        "SOCKET_BYTES_SENT": 2,
        "SOCKET_BYTES_RECEIVED": 3,
    },
    "logSourceType": {"SOCKET": 1, "URL_REQUEST": 2, "UDP_SOCKET": 3},
}


def line(time: int, kind: int, source: tuple[int, int], **params: Any) -> str:
    kinds, number = source
    event = {"time": str(time), "type": kind, "source": {"type": kinds, "id": number}, "phase": 0}
    return json.dumps({**event, "params": params}) if params else json.dumps(event)


def record(*lines: str) -> list[str]:
    begin = f'{{"constants":{json.dumps(CONSTANTS)},\n', '"events": [\n'
    return [*begin, *(f"{each},\n" for each in lines[:-1]), f"{lines[-1]}]}}\n"]


def test_bytes_and_requests_of_a_time_are_counted() -> None:
    lines = record(
        line(1, 2, (1, 7), byte_count=1000),
        line(5, 1, (2, 8), line="GET /?session=x HTTP/1.1\r\n"),
        line(5, 2, (1, 7), byte_count=10),
        line(6, 3, (1, 7), byte_count=20),
        line(6, 2, (1, 9), byte_count=30),
        line(6, 3, (3, 10), byte_count=4000),
        line(7, 1, (2, 8)),
        line(8, 1, (2, 11), line="GET /app.js HTTP/1.1\r\n"),
        line(9, 3, (1, 7), byte_count=1000),
    )
    counted = traffic(events(lines), 1_000_005, 1_000_009)
    assert counted == Traffic(("/?session=x", "/app.js"), connections=2, sent=40, received=20)


def test_a_record_that_is_cut_off_counts_as_far_as_it_goes() -> None:
    lines = record(line(1, 2, (1, 7), byte_count=10), line(2, 2, (1, 7), byte_count=20))
    cut = [*lines[:-1], lines[-1][:20]]
    assert [each.params for each in events(cut)] == [{"byte_count": 10}]
