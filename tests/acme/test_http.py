"""Requests: what is read of an answer, and what is told where there is none."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homecall_appliance.acme import http
from homecall_appliance.acme.failures import NETWORK, AcmeError
from homecall_appliance.acme.http import Answer, Http, trusting
from homecall_appliance.certificates.authority import issue, make_authority
from homecall_appliance.network.addresses import Names

SECRET = "hush"  # noqa: S105
LOCAL = Names(dns=("localhost",), addresses=())
DATE = "Mon, 07 Dec 2026 12:00:00 GMT"


@asynccontextmanager
async def saying(answer: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that says this to whoever comes, and its URL; it keeps silent for None."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "localhost", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://localhost:{port}/x"


async def get(url: str, tls: ssl.SSLContext | None = None) -> Answer:
    async with Http("test", tls or trusting()) as client:
        return await client.request("GET", url, params={"token": SECRET})


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "localhost cannot be reached .the connection broke"),
        (b"nonsense\r\n\r\n", "localhost cannot be reached .the connection broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "the connection broke"),
        (None, "localhost cannot be reached .no answer in time"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(http.LONGEST_ANSWER + 1), "has sent more than"),
    ],
    ids=["cut", "no HTTP", "half", "silent", "endless"],
)
async def test_an_answer_that_is_none_is_told_without_the_secret(
    answer: bytes | None, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer is None:
        monkeypatch.setattr(http, "TIMEOUT", 0.2)
    async with saying(answer) as url:
        with pytest.raises(AcmeError, match=sentence) as caught:
            await get(url)
    assert SECRET not in str(caught.value)


async def test_where_nobody_listens_it_is_soon_tried_again() -> None:
    with pytest.raises(AcmeError, match=r"127\.0\.0\.1 cannot be reached \(.*refused") as caught:
        await get("http://127.0.0.1:9/")
    assert caught.value.pauses == NETWORK


async def test_a_redirection_is_not_followed() -> None:
    location = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    async with saying(location) as url:
        assert (await get(url)).status == 302


def server_context(folder: Path, begin: datetime) -> tuple[ssl.SSLContext, str]:
    """A server's certificate that is valid for a year from then, and the file with its root."""
    authority = make_authority(LOCAL, datetime.now(UTC))
    leaf = issue(authority, LOCAL, begin)
    (folder / "root").write_bytes(authority.root_pem)
    (folder / "leaf").write_bytes(authority.chain(leaf) + leaf.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf")
    return context, str(folder / "root")


@pytest.mark.parametrize(
    ("days", "known", "sentence"),
    [
        (500, True, r"certificate of localhost is not valid yet\. Set the clock right"),
        (0, False, r"is not one that this machine trusts .* LEGO_CA_CERTIFICATES"),
    ],
)
async def test_a_certificate_that_is_not_believed_is_told(
    tmp_path: Path, days: int, known: bool, sentence: str
) -> None:
    context, root = server_context(tmp_path, datetime.now(UTC) + timedelta(days=days))
    async with saying(b"", context) as url:
        with pytest.raises(AcmeError, match=sentence):
            await get(url, trusting(root if known else ""))


async def test_a_root_of_the_owners_is_trusted(tmp_path: Path) -> None:
    context, root = server_context(tmp_path, datetime.now(UTC))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
    async with saying(answer, context) as url:
        assert (await get(url, trusting(root))).text == "OK"


def test_a_root_that_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("missing", "empty"):
        with pytest.raises(AcmeError, match=r"LEGO_CA_CERTIFICATES in tls\.acme\.environment"):
            trusting(str(tmp_path / name))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": " 120 "}, 120.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "9" * 500}, 999999999999.0),
        ({"Retry-After": "Mon, 07 Dec 2026 13:00:00 GMT", "Date": DATE}, 3600.0),
        ({"Retry-After": "Mon, 07 Dec 2026 11:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 07 Dec 2026 13:00:00 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """By the other side's clock, whatever this machine's shows."""
    assert Answer(429, headers, b"", "https://a.example").retry_after == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100000])
def test_what_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(AcmeError, match=r"a\.example has answered with something else"):
        Answer(200, {}, body, "https://a.example/directory").json()


@pytest.mark.parametrize("url", ["http://[", "http://", "nonsense"])
async def test_a_url_of_an_authority_that_is_none_is_told(url: str) -> None:
    with pytest.raises(AcmeError, match="cannot be reached"):
        await get(url)
