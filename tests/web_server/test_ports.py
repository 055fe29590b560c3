"""The two ports as a browser meets them: real TLS, real sockets."""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from homecall_appliance.certificates.local_ca import DOUBT
from homecall_appliance.signaling.messages import Language
from homecall_appliance.web import plain
from homecall_appliance.web.onboarding import short_fingerprint
from homecall_appliance.web.server import PortError, listen
from tests.support.ports_world import Ports, open_ports
from tests.support.tls_world import World


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    async with open_ports(tmp_path) as ports:
        yield ports


# interfaces.md, "HTTPS"


@pytest.mark.parametrize("path", ["/", "/app.js", "/healthz", "/nothing", "/config.json"])
async def test_every_answer_is_guarded(ports: Ports, path: str) -> None:
    async with ports.client.get(ports.url(path)) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Permissions-Policy" in headers
    assert "Server" not in headers
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    ("path", "headers", "connects"),
    [
        ("/", {}, True),
        ("/appliance-worker.js", {"Service-Worker": "script"}, True),
        ("/sw.js", {"Service-Worker": "script"}, True),
        ("/app.js", {}, False),
        ("/icons/icon.svg", {}, False),
    ],
)
async def test_what_governs_a_page_or_a_worker_lets_it_reach_the_appliance(
    ports: Ports, path: str, headers: dict[str, str], connects: bool
) -> None:
    async with ports.client.get(ports.url(path), headers=headers) as response:
        policy = response.headers["Content-Security-Policy"]
        assert ("camera=(self)" in response.headers["Permissions-Policy"]) is connects
    assert (f"connect-src 'self' wss://127.0.0.1:{ports.https};" in policy) is connects


async def test_a_hostile_host_header_gets_into_no_header(ports: Ports) -> None:
    headers = {"Host": "x; script-src *"}
    async with ports.client.get(ports.url("/"), headers=headers) as response:
        assert "connect-src 'self';" in response.headers["Content-Security-Policy"]
    async with ports.client.get(
        ports.plain_url("/x"), headers=headers, allow_redirects=False
    ) as response:
        assert response.headers["Location"] == "https://home/x"


async def test_the_client_is_served_with_its_types_and_nothing_else(ports: Ports) -> None:
    seen = {}
    left_out = ("/app", "/app/", "/app/Core.mjs", "/styles/base.css")
    outside = ("/../secret.txt", "/%2e%2e/secret.txt")
    for path in ("/", "/app.js", *left_out, *outside):
        async with ports.client.get(ports.url(path)) as response:
            seen[path] = (response.status, response.content_type)
    assert seen == {
        "/": (200, "text/html"),
        "/app.js": (200, "text/javascript"),
        **dict.fromkeys((*left_out, *outside), (404, "text/plain")),
    }


async def test_the_policy_allows_the_styles_in_the_page_and_no_others(ports: Ports) -> None:
    async with ports.client.get(ports.url("/")) as response:
        [styles] = re.findall("<style>(.+?)</style>", await response.text(), re.DOTALL)
        policy = response.headers["Content-Security-Policy"]
    assert styles == "body {\nmargin: 0;\n}\n"
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    assert f"; style-src 'sha256-{digest}';" in policy


async def test_an_unchanged_file_is_not_sent_again(ports: Ports) -> None:
    async with ports.client.get(ports.url("/")) as response:
        tag = response.headers["ETag"]
        assert response.headers["Cache-Control"] == "no-cache"
        policy = response.headers["Content-Security-Policy"]
    async with ports.client.get(ports.url("/"), headers={"If-None-Match": tag}) as response:
        assert (response.status, await response.read()) == (304, b"")
        # The headers take the place of those that the browser has kept (RFC 9111, section 4.3.4).
        assert response.headers["Content-Security-Policy"] == policy


@pytest.mark.parametrize(
    ("configured", "cookie", "accepted", "language"),
    [
        (None, "", "de-DE, fr;q=0.5", "en"),
        (None, "", "ru-RU, en;q=0.5", "ru"),
        (None, "", "", "ru"),
        ("ru", "", "en", "ru"),
        ("ru", "language=en", "ru", "en"),
        (None, "language=ru", "en", "ru"),
        (None, "language=../ru", "en", "en"),
        # Of other programs at the same host, and of strangers.
        (None, 'a/b=1; language=ru; c="', "en", "ru"),
        (None, "a/b=1", "en", "en"),
        (None, "=; ;;{}=[]; expires=1; other_language=ru", "en", "en"),
        ("en", "language=", "ru", "en"),
    ],
)
async def test_the_page_comes_in_the_language_of_the_person(
    tmp_path: Path, configured: Language | None, cookie: str, accepted: str, language: str
) -> None:
    headers = {"Accept-Language": accepted, "Cookie": cookie}
    async with (
        open_ports(tmp_path, language=configured) as ports,
        ports.client.get(ports.url("/"), headers=headers) as response,
    ):
        assert {"Accept-Language", "Cookie"} <= {*response.headers["Vary"].split(", ")}
        page = await response.text()
    assert f'<html lang="{language}">' in page
    assert f'<title data-text="page.title">{language}</title>' in page


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_manifest_comes_in_the_language_of_the_person(
    ports: Ports, language: str
) -> None:
    headers = {"Accept-Language": language}
    url = ports.url("/manifest.webmanifest?tag")
    async with ports.client.get(url, headers=headers) as response:
        assert response.content_type == "application/manifest+json"
        assert {"Accept-Language", "Cookie"} <= {*response.headers["Vary"].split(", ")}
        manifest = await response.json(content_type=None)
    assert manifest == {"lang": language, "description": language, "shortcuts": []}


async def test_the_page_of_a_link_says_before_any_script_that_it_connects(ports: Ports) -> None:
    pages = []
    for path in ("/", "/index.html", f"/?session={uuid4()}"):
        async with ports.client.get(ports.url(path)) as response:
            pages.append(await response.text())
    assert pages[0] == pages[1]
    assert 'data-state="home"' in pages[0]
    assert 'data-state="call" data-phase="joining"' in pages[2]


async def test_what_the_page_refers_to_need_not_be_asked_for_again(ports: Ports) -> None:
    async with ports.client.get(ports.url("/")) as response:
        entry, *others = re.findall(r'(?:href|src)="([^"]+)"', await response.text())
    assert others == ["/app.js", "/nothing"]
    assert re.fullmatch(r"/app\.js\?[0-9a-f]{16}", entry)
    for path, fixed in ((entry, True), ("/app.js", False), ("/app.js?1", False)):
        async with ports.client.get(ports.url(path)) as response:
            assert response.status == 200
            assert ("immutable" in response.headers["Cache-Control"]) == fixed


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br", False),
        ("x-gzip", False),
        ("", False),
    ],
)
async def test_texts_are_compressed_for_who_takes_that(
    ports: Ports, accepted: str, compressed: bool
) -> None:
    headers = {"Accept-Encoding": accepted}
    async with ports.client.get(ports.url("/app.js"), headers=headers) as response:
        assert (response.headers.get("Content-Encoding") == "gzip") == compressed
        assert "Accept-Encoding" in response.headers["Vary"]
        assert "new Core()" in await response.text()
        headers["If-None-Match"] = response.headers["ETag"]
    async with ports.client.get(ports.url("/app.js"), headers=headers) as response:
        assert response.status == 304


async def test_nothing_of_a_request_and_no_secret_is_in_what_is_compressed(ports: Ports) -> None:
    chosen = str(uuid4())
    headers = {"Accept-Encoding": "gzip", "Cookie": f"a={chosen}", "Referer": f"https://{chosen}/"}
    for path in ("/", "/app.js", "/manifest.webmanifest", "/config.json"):
        url = ports.url(f"{path}?session={chosen}")
        async with ports.client.get(url, headers=headers) as response:
            compressed = response.headers.get("Content-Encoding") == "gzip"
            assert compressed is (path != "/config.json"), "that has credentials of relays"
            assert chosen not in await response.text()


@pytest.mark.parametrize("path", ["/service-worker.js", "/old/sw.js", "/app.js"])
async def test_the_worker_of_another_application_is_followed_by_one_that_goes(
    ports: Ports, path: str
) -> None:
    async with ports.client.get(ports.url(path), headers={"Service-Worker": "script"}) as response:
        assert (response.status, response.content_type) == (200, "text/javascript")
        assert await response.text() == "retire();"
        assert response.headers["Vary"].endswith("Service-Worker")


async def test_the_worker_keeps_what_the_page_consists_of(ports: Ports) -> None:
    async with ports.client.get(ports.url("/")) as response:
        page = await response.text()
    headers = {"Service-Worker": "script"}
    async with ports.client.get(ports.url("/appliance-worker.js"), headers=headers) as response:
        assert response.headers["Cache-Control"] == "no-cache"
        worker = await response.text()
    shell = json.loads(worker.removeprefix("const SHELL = ").removesuffix(";"))
    assert re.fullmatch("[0-9a-f]{16}", shell["version"])
    root, *parts = shell["files"]
    assert root == "/"
    assert [part.partition("?")[0] for part in parts] == ["/app.js"]
    assert all(f'"{part}"' in page for part in parts)


async def test_the_json_endpoints(ports: Ports) -> None:
    answers = {}
    for path in ("/config.json", "/version.json", "/healthz"):
        async with ports.client.get(ports.url(path)) as response:
            assert response.headers["Cache-Control"] == "no-store"
            answers[path] = await response.json()
    assert answers == {
        "/config.json": {
            "iceServers": [],
            "version": "1.2.3",
            "language": None,
            "sessionLive": False,
            "trusted": False,
        },
        "/version.json": {"version": "1.2.3"},
        "/healthz": {"status": "ok"},
    }
    ports.problems.append("No link.")
    async with ports.client.get(ports.url("/healthz")) as response:
        assert response.status == 503
        assert (await response.json())["reasons"] == ["No link."]


async def test_the_plain_port_helps_and_leads_to_https(ports: Ports) -> None:
    async with ports.client.get(ports.plain_url("/")) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert f"https://127.0.0.1:{ports.https}/" in await response.text()
    async with ports.client.get(ports.plain_url("/trust.css")) as response:
        assert response.content_type == "text/css"
    for method in ("GET", "POST"):
        async with ports.client.request(
            method, ports.plain_url("/a?b=c"), allow_redirects=False
        ) as response:
            assert response.status == 308
            assert response.headers["Location"] == ports.url("/a?b=c")


async def test_the_trust_page_leads_to_no_host_that_the_certificate_lacks(tmp_path: Path) -> None:
    """Such as raspberrypi.fritz.box, the name that a router gives."""
    link = "https://192.168.1.7:8443/"
    async with open_ports(tmp_path, link=link) as ports:
        for host, led in (
            ("raspberrypi.fritz.box", link),
            ("localhost:8080", f"https://localhost:{ports.https}/"),
            ("127.0.0.1", f"https://127.0.0.1:{ports.https}/"),
            ("192.168.1.7", link),
        ):
            async with ports.client.get(ports.plain_url("/"), headers={"Host": host}) as response:
                assert f'href="{led}"' in await response.text()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_plain_port_sends_nobody_to_where_he_comes_from(
    ports: Ports, language: str
) -> None:
    """A proxy that ends TLS and asks the plain port: tests/service/test_reverse_proxies.py."""
    headers = {"X-Forwarded-Proto": "https", "Accept-Language": language}
    for path in ("/", "/a?b=c"):
        async with ports.client.get(
            ports.plain_url(path), headers=headers, allow_redirects=False
        ) as response:
            assert response.status == 421
            assert f"proxy_pass https://{'АДРЕС' if language == 'ru' else 'ADDRESS'}" in (
                await response.text()
            )
    headers["X-Forwarded-Proto"] = "http"
    async with ports.client.get(
        ports.plain_url("/a"), headers=headers, allow_redirects=False
    ) as response:
        assert response.status == 308


async def test_both_ports_hand_out_the_authority(ports: Ports) -> None:
    for url in (ports.url, ports.plain_url):
        async with ports.client.get(url("/ca.crt")) as response:
            assert response.content_type == "application/x-x509-ca-cert"
            assert (await response.read()).startswith(b"-----BEGIN CERTIFICATE-----")
        async with ports.client.get(url("/ca.mobileconfig")) as response:
            assert response.content_type == "application/x-apple-aspen-config"


async def test_signal_without_an_upgrade_asks_for_one(ports: Ports) -> None:
    async with ports.client.get(ports.url("/signal")) as response:
        assert (response.status, response.headers["Upgrade"]) == (426, "websocket")


# Edges


async def test_a_port_in_use_is_a_sentence(ports: Ports) -> None:
    with pytest.raises(PortError, match=rf"Port {ports.https} .* Address already in use"):
        listen("127.0.0.1", ports.https)


@pytest.mark.parametrize("garbage", [b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
async def test_what_is_not_http_learns_nothing_of_the_server(ports: Ports, garbage: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", ports.http)
    writer.write(garbage)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert b"aiohttp" not in answer
    assert b"Python" not in answer


async def test_the_authority_is_that_of_the_moment(tmp_path: Path) -> None:
    """One that has ended is replaced while the appliance runs."""
    world = World(tmp_path / "tls")
    certificates = world.authority()
    app = plain.http_app(certificates, 443, lambda: "https://home/")
    async with TestClient(TestServer(app)) as client:
        for _ in range(2):
            pem = certificates.authority_pem
            assert await (await client.get("/ca.crt")).read() == pem
            assert short_fingerprint(pem) in await (await client.get("/")).text()
            world.now = certificates.authority_end + timedelta(days=1)
            certificates.refresh()
            world.uptime += DOUBT
            certificates.refresh()
        assert certificates.authority_pem != pem


async def test_a_certificate_authority_finds_what_it_looks_for(tmp_path: Path) -> None:
    certificates = World(tmp_path / "tls").authority()
    responses = {"token": "token.thumbprint"}
    app = plain.http_app(certificates, 443, lambda: "https://home/", responses.get)
    async with TestClient(TestServer(app)) as client:
        found = await client.get("/.well-known/acme-challenge/token")
        assert (found.status, await found.read()) == (200, b"token.thumbprint")
        assert found.content_type == "application/octet-stream"
        for other in ("other", "", "token/more"):
            response = await client.get(
                f"/.well-known/acme-challenge/{other}", allow_redirects=False
            )
            assert response.status == (404 if other == "other" else 308)
