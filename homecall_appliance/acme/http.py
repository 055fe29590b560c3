"""Requests to authorities and DNS providers: short answers, and sentences for what goes wrong."""

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from homecall_appliance import __version__
from homecall_appliance.acme.failures import NETWORK, AcmeError
from homecall_appliance.network.host_lookup import HostLookup
from homecall_appliance.network.lookup_resolver import LookupResolver

USER_AGENT = f"homecall-appliance/{__version__}"

TIMEOUT = 30.0
"""Seconds for one request with its answer."""

LONGEST_ANSWER = 1 << 20
"""Bytes. A chain of certificates has a few thousand."""

_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_* of OpenSSL's x509_vfy.h


@dataclass(frozen=True)
class Answer:
    """The answer to a request, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def good(self) -> bool:
        """Whether the request was met (RFC 9110, section 15.3)."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; AcmeError where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise AcmeError(
                f"{_host(self.url)} has answered with something else than was asked "
                f"for (status {self.status}). It is tried again; if it stays so, check "
                "tls.acme.directory, and whether a proxy or a filter answers in its place."
            ) from error

    @property
    def date(self) -> datetime | None:
        """The other side's clock (RFC 9110, section 6.6.1), in UTC."""
        return _http_date(self.headers.get("Date"))

    @property
    def retry_after(self) -> float | None:
        """Seconds until another request is welcome (RFC 9110, section 10.2.3).

        A date is reckoned from the other side's own clock: this machine's may be wrong.
        """
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:12])
        when, here = _http_date(value), self.date
        return max(0.0, (when - here).total_seconds()) if when and here else None


class Http:
    """A client for a few requests; to be entered, and left when they are done."""

    def __init__(
        self, user_agent: str, tls: ssl.SSLContext, lookup: HostLookup | None = None
    ) -> None:
        """`tls` says which certificates are trusted; `lookup` finds the addresses."""
        self._user_agent = user_agent
        self._tls = tls
        self._lookup = lookup or HostLookup()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, resolver=LookupResolver(self._lookup)),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            headers={"User-Agent": self._user_agent},  # a must for ACME: RFC 8555, section 6.1
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()
        self._session = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        """Send a request; AcmeError where there is no answer. Redirections are not followed: what
        is sent may be a secret."""
        if self._session is None:
            raise RuntimeError("requests are made within `async with`")
        try:
            async with self._session.request(
                method, url, headers=headers, params=params, data=data, allow_redirects=False
            ) as response:
                return Answer(
                    response.status, response.headers, await _body(response.content, url), url
                )
        except aiohttp.ClientConnectorCertificateError as error:
            raise _distrusted(url, error.certificate_error) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            raise _unreached(url, error) from error


def trusting(roots: str = "") -> ssl.SSLContext:
    """Return a client's TLS context that trusts the system's roots, or those of a PEM file alone.

    Raises AcmeError where that file cannot be used.
    """
    if not roots:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=roots)
    except OSError as error:  # ssl.SSLError is one
        raise AcmeError(
            f"The file {roots} cannot be used ({error.strerror or error}). LEGO_CA_CERTIFICATES in "
            "tls.acme.environment must be a PEM file with the roots that the authority's own "
            "server is trusted by; or leave it out to trust the system's."
        ) from error


async def _body(content: aiohttp.StreamReader, url: str) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise AcmeError(
                f"{_host(url)} has sent more than was asked for. Check tls.acme.directory."
            )
    return bytes(body)


def _host(url: str) -> str:
    """The host in a URL, which an authority may have sent; the URL itself where there is none."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _unreached(url: str, error: Exception) -> AcmeError:
    return AcmeError(
        f"{_host(url)} cannot be reached ({_reason(error)}). It is tried again by "
        "itself; check that the appliance has a way to the internet.",
        pauses=NETWORK,
    )


def _reason(error: Exception) -> str:
    # Not the text of aiohttp's errors: some name the whole URL, and there may be a token in it.
    match error:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientConnectorError(os_error=OSError(errno=int(number))) if number > 0:
            return os.strerror(number)
        case aiohttp.ClientConnectorError():  # getaddrinfo(3) has numbers of its own, below zero
            return error.os_error.strerror or str(error.os_error)
        case _:
            return f"the connection broke: {type(error).__name__}"


def _distrusted(url: str, error: Exception) -> AcmeError:
    host = _host(url)
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    if code in {_NOT_YET_VALID, _EXPIRED}:
        when = "is not valid yet" if code == _NOT_YET_VALID else "has ended"
        return AcmeError(
            f"By this machine's clock, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, the certificate of "
            f"{host} {when}. Set the clock right: timedatectl tells whether it follows the "
            "network's time.",
            pauses=NETWORK,
        )
    return AcmeError(
        f"The certificate of {host} is not one that this machine trusts ({error}). Check "
        "tls.acme.directory; an authority of your own needs LEGO_CA_CERTIFICATES in "
        "tls.acme.environment, the path of its root."
    )


def _http_date(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value or "")
    except (ValueError, TypeError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
