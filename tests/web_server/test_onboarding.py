"""What phones download, and the page that explains it."""

import plistlib
import re
import ssl
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import pytest

from homecall_appliance.certificates.authority import RELEASED, authority_name, make_authority
from homecall_appliance.network.addresses import Names
from homecall_appliance.signaling.messages import Language
from homecall_appliance.web.onboarding import (
    Device,
    authority_file,
    device_of,
    fingerprint,
    mobileconfig,
    page,
    short_fingerprint,
    stylesheet,
)

PEM = make_authority(Names((), ()), RELEASED).root_pem
URL = "https://192.0.2.7:8443/"
LANGUAGES: tuple[Language, ...] = ("ru", "en")


class Elements(HTMLParser):
    """Every element of a page with its attributes, in order, and the text between them."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> set[str | None]:
        return {attributes["href"] for _, attributes in self.found if "href" in attributes}

    def shape(self) -> list[tuple[str, str | None]]:
        return [(tag, attributes.get("class")) for tag, attributes in self.found]


def test_the_authority_is_a_file_that_phones_and_tools_read(tmp_path: Path) -> None:
    media_type, content = authority_file(PEM)
    assert media_type == "application/x-x509-ca-cert"
    file = tmp_path / "ca.crt"
    file.write_bytes(content)
    assert len(ssl.create_default_context(cafile=str(file)).get_ca_certs()) == 1


def test_the_fingerprint_is_the_one_that_openssl_shows() -> None:
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha256"],
        input=PEM,
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert shown.strip().partition("=")[2] == fingerprint(PEM)


def test_the_short_fingerprint_is_the_first_line_of_the_pages() -> None:
    first, *rest = re.findall("..", fingerprint(PEM).replace(":", ""))
    assert short_fingerprint(PEM) == " ".join([first, *rest[:7]])
    for language in LANGUAGES:
        elements = Elements(page(PEM, URL, language, None)[1])
        assert f"{short_fingerprint(PEM)}\n{rest[7]} " in elements.text
        assert ("экране" if language == "ru" else "screen") in elements.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_profile_carries_the_authority(language: Language) -> None:
    media_type, content = mobileconfig(PEM, language)
    profile = plistlib.loads(content)
    (root,) = profile["PayloadContent"]
    assert media_type == "application/x-apple-aspen-config"
    assert (profile["PayloadType"], profile["PayloadVersion"]) == ("Configuration", 1)
    assert root["PayloadType"] == "com.apple.security.root"
    assert root["PayloadContent"] == ssl.PEM_cert_to_DER_cert(PEM.decode())
    assert profile["PayloadDisplayName"] == root["PayloadDisplayName"] == authority_name(PEM)
    assert profile["PayloadRemovalDisallowed"] is False
    assert len({UUID(each["PayloadUUID"]) for each in (profile, root)}) == 2
    assert len({each["PayloadIdentifier"] for each in (profile, root)}) == 2


def test_the_profile_speaks_the_persons_language() -> None:
    descriptions = [
        plistlib.loads(mobileconfig(PEM, language)[1])["PayloadDescription"]
        for language in LANGUAGES
    ]
    assert [bool(re.search("[а-я]", each)) for each in descriptions] == [True, False]


def test_a_profile_replaces_itself_and_not_that_of_another_appliance() -> None:
    def identity(pem: bytes, language: Language) -> tuple[str, str]:
        profile = plistlib.loads(mobileconfig(pem, language)[1])
        return profile["PayloadIdentifier"], profile["PayloadUUID"]

    assert identity(PEM, "ru") == identity(PEM, "en")
    other = identity(make_authority(Names((), ()), RELEASED).root_pem, "ru")
    assert not set(other) & set(identity(PEM, "ru"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_offers_everything_without_script_or_foreign_origin(language: Language) -> None:
    media_type, content = page(PEM, URL, language, None)
    elements = Elements(content)
    other = "en" if language == "ru" else "ru"
    expected = {URL, "/ca.crt", "/ca.mobileconfig", "/trust.css", f"/?language={other}"}
    assert media_type == "text/html; charset=utf-8"
    assert elements.links() == expected
    assert not {"script", "style", "img", "iframe"} & {tag for tag, _ in elements.found}
    attributes = {name for _, each in elements.found for name in each}
    assert "style" not in attributes
    assert not [name for name in attributes if name.startswith("on")]
    assert authority_name(PEM) in elements.text
    assert "".join(elements.text.split()).count(fingerprint(PEM).replace(":", "")) == 1
    assert ("html", {"lang": language}) in elements.found
    assert "$" not in elements.text


def test_both_languages_say_the_same_in_the_same_shape() -> None:
    russian, english = (Elements(page(PEM, URL, each, None)[1]) for each in LANGUAGES)
    assert russian.shape() == english.shape()


@pytest.mark.parametrize("device", ["apple", "android", "computer", None])
def test_the_steps_of_the_persons_device_are_unfolded(device: Device | None) -> None:
    elements = Elements(page(PEM, URL, "en", device)[1])
    unfolded = ["open" in each for tag, each in elements.found if tag == "details"]
    assert unfolded == [device == each for each in ("apple", "android", "computer")]


def test_a_hostile_address_stays_an_address() -> None:
    hostile = 'https://x/"><script>alert(1)</script>'
    elements = Elements(page(PEM, hostile, "en", None)[1])
    assert hostile in elements.links()
    assert "script" not in {tag for tag, _ in elements.found}


def test_every_class_of_the_page_has_its_style() -> None:
    media_type, content = stylesheet()
    used = {
        name
        for _, classes in Elements(page(PEM, URL, "en", None)[1]).shape()
        for name in (classes or "").split()
    }
    assert media_type == "text/css; charset=utf-8"
    assert used == set(re.findall(r"\.([a-z]+)(?=[\s,:{])", content.decode()))
    assert "url(" not in content.decode()


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15", "apple"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/130.0", "android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", "computer"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", "computer"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "computer"),
        ("curl/8.0", None),
        ("", None),
    ],
)
def test_the_device_is_guessed(user_agent: str, device: Device | None) -> None:
    assert device_of(user_agent) == device
