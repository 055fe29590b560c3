"""What fails where nobody waits for it is one line, without what a stranger sent."""

import asyncio
import contextlib
import gc
import io
import logging
import re
import threading
import traceback
from collections.abc import Iterator
from typing import NoReturn

import pytest

from homecall_appliance.faults import handlers
from tests.support.journal import journal_in_memory

SENT = "candidate:1 1 UDP 1 192.0.2.77 4711 typ host"


class Fault(Exception):
    """Whatever a library may raise."""


def fail(*_: object) -> NoReturn:
    raise Fault(f"cannot parse {SENT}")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Log as the daemon does into this file."""
    with journal_in_memory("info", monkeypatch) as file:
        yield file


async def task_that_nobody_waits_for() -> None:
    async def work(_sent: str) -> None:
        fail()

    asyncio.create_task(work(SENT))  # noqa: RUF006 - that is the case
    await asyncio.sleep(0.01)
    gc.collect()


async def callback_of_the_loop() -> None:
    asyncio.get_running_loop().call_soon(fail, SENT)
    await asyncio.sleep(0.01)


async def thread() -> None:
    working = threading.Thread(target=fail, args=(SENT,), name="worker")
    working.start()
    working.join()


async def finalizer() -> None:
    class Dying:
        def __del__(self) -> None:
            fail()

    Dying()
    gc.collect()


async def handler_of_the_web_server() -> None:
    with contextlib.suppress(Fault):
        try:
            fail()
        except Fault:
            logging.getLogger("aiohttp.server").exception("Error handling request")
            raise


async def traceback_of_aiortc() -> None:
    try:
        fail()
    except Fault:
        text = traceback.format_exc()
        logging.getLogger("aiortc.rtcdtlstransport").warning(f"Transport(%s) {text}", "auto")  # noqa: G004 - as it does


async def exception_in_the_arguments_of_aiortc() -> None:
    try:
        fail()
    except Fault as error:
        logging.getLogger("aiortc.rtcrtpreceiver").warning("cannot decode: %s", error)


@pytest.mark.parametrize(
    "happens",
    [
        task_that_nobody_waits_for,
        callback_of_the_loop,
        thread,
        finalizer,
        handler_of_the_web_server,
        traceback_of_aiortc,
        exception_in_the_arguments_of_aiortc,
    ],
)
async def test_what_fails_is_one_line_by_type_and_place(happens, log: io.StringIO) -> None:  # type: ignore[no-untyped-def]
    with handlers.told_in_one_line():
        await happens()
    [line] = log.getvalue().splitlines()
    assert re.search(r"Fault in faults/test_handlers\.py:\d+\.?$", line), line
    assert "192.0.2.77" not in line


async def test_a_warning_of_a_library_is_told_without_its_arguments(log: io.StringIO) -> None:
    logging.getLogger("aioice.ice").warning("%s cannot be reached\nat all", SENT)
    assert log.getvalue().endswith(" warning aioice.ice: %s cannot be reached\n")


async def test_afterwards_all_is_as_it_was() -> None:
    before = asyncio.get_running_loop().get_exception_handler(), threading.excepthook
    with handlers.told_in_one_line():
        assert threading.excepthook is not before[1]
    assert (asyncio.get_running_loop().get_exception_handler(), threading.excepthook) == before
