"""Requests to a certificate authority that are signed by an account (RFC 8555, sections 6 and 7.1).

What an authority says is a stranger's: nothing of it is believed to have a certain form.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from homecall_appliance.acme.failures import NETWORK, AcmeError
from homecall_appliance.acme.http import Answer, Http
from homecall_appliance.acme.jose import AccountKey
from homecall_appliance.acme.schedule import TOLERANCE

ERROR = "urn:ietf:params:acme:error:"
"""What the types of errors begin with (RFC 8555, section 6.7)."""

_TRIES = 6
"""How often a request is sent where its nonce is refused (RFC 8555, section 6.5)."""

_LONGEST_DETAIL = 300


class Problem(AcmeError):
    """What an authority answers in place of what it was asked for (RFC 7807)."""

    def __init__(self, sentence: str, kind: str, retry_after: float | None) -> None:
        """`kind` is the type without what all have in common, such as "rateLimited"."""
        super().__init__(sentence, retry_after=retry_after)
        self.kind = kind


class ClockError(AcmeError):
    """This machine's clock and that of an authority differ so much that one of them is wrong."""


@dataclass(frozen=True)
class Directory:
    """Where an authority is asked for what (RFC 8555, section 7.1.1)."""

    new_nonce: str
    new_account: str
    new_order: str
    renewal_info: str | None = None
    """Where it advises when to renew (RFC 9773, section 3); None where it does not."""

    profiles: Mapping[str, Any] = field(default_factory=dict)
    """The kinds of certificates that it has (draft-ietf-acme-profiles, section 3)."""

    external_account_required: bool = False


class Authority:
    """An authority, and an account of ours there."""

    def __init__(self, http: Http, url: str, now: Callable[[], datetime]) -> None:
        """`url` is that of the directory."""
        self.host = urlsplit(url).hostname or url
        self._http = http
        self._url = url
        self._now = now
        self._nonces: list[str] = []
        self._directory: Directory | None = None

    async def directory(self) -> Directory:
        """Return the directory; ClockError where the authority's clock and ours differ so much that
        no certificate would be of use."""
        if self._directory is None:
            answer = await self._http.request("GET", self._url)
            self._check(answer)
            self._compare_clocks(answer)
            self._directory = _directory(answer)
        return self._directory

    async def post(
        self, url: str, payload: Mapping[str, Any] | None, key: AccountKey, account: str | None
    ) -> Answer:
        """Send a signed request, and return the answer if it is a good one; Problem otherwise.

        Without a payload it only asks (RFC 8555, section 6.3: POST-as-GET). `account` is the URL of
        the account; without one, the request bears the public key.
        """
        who = {"kid": account} if account else {"jwk": key.jwk}
        body = b"" if payload is None else json.dumps(payload).encode()
        for attempt in range(_TRIES):
            nonce = await self._nonce()
            answer = await self._http.request(
                "POST",
                url,
                headers={"Content-Type": "application/jose+json"},
                data=key.sign(body, {**who, "nonce": nonce, "url": url}),
            )
            self._keep_nonce(answer)
            try:
                self._check(answer)
            except Problem as problem:
                if problem.kind != "badNonce" or attempt == _TRIES - 1:
                    raise
            else:
                return answer
        raise AssertionError  # the last attempt has returned or raised

    async def get(self, url: str) -> Answer:
        """Ask for what is everybody's, and return the answer if it is a good one."""
        answer = await self._http.request("GET", url)
        self._check(answer)
        return answer

    async def _nonce(self) -> str:
        if not self._nonces:
            url = (await self.directory()).new_nonce
            answer = await self._http.request("HEAD", url)
            self._check(answer)
            self._keep_nonce(answer)
        if not self._nonces:
            raise AcmeError(f"{self.host} is no ACME server. Check tls.acme.directory.")
        return self._nonces.pop()

    def _keep_nonce(self, answer: Answer) -> None:
        if nonce := answer.headers.get("Replay-Nonce"):
            self._nonces.append(nonce)

    def _check(self, answer: Answer) -> None:
        """Raise Problem for what is no good answer."""
        if answer.good:
            return
        try:
            document = answer.json()
        except AcmeError:
            document = None
        kind, detail = described(document)
        raise Problem(_sentence(self.host, kind, detail, answer.status), kind, answer.retry_after)

    def _compare_clocks(self, answer: Answer) -> None:
        here, there = self._now(), answer.date
        if there and abs(here - there) > TOLERANCE:
            raise ClockError(
                f"This machine's clock shows {here:%Y-%m-%d %H:%M} UTC, and that of {self.host} "
                f"{there:%Y-%m-%d %H:%M}. Set the clock right: timedatectl tells whether it "
                "follows the network's time.",
                pauses=NETWORK,
            )


def described(document: object) -> tuple[str, str]:
    """Return the type and the detail of an error; empty where it has none."""
    if not isinstance(document, dict):
        return "", ""
    kind, detail = (str(document.get(each) or "") for each in ("type", "detail"))
    printable = "".join(each if each.isprintable() else " " for each in detail)
    return kind.removeprefix(ERROR), " ".join(printable.split())[:_LONGEST_DETAIL].rstrip(".")


def text_of(document: object, key: str) -> str:
    """Return what an authority's object has by this name; AcmeError where that is no text."""
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, str):
        raise AcmeError(
            f'The authority\'s answer has no "{key}". It is tried again; if it stays so, check '
            "tls.acme.directory."
        )
    return value


def objects_of(document: object, key: str) -> list[dict[str, Any]]:
    """Return the objects in a list of this name; what is none is left out."""
    value = document.get(key) if isinstance(document, dict) else None
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _directory(answer: Answer) -> Directory:
    document = answer.json()
    new_nonce = text_of(document, "newNonce")
    meta = document.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    profiles, renewal_info = meta.get("profiles"), document.get("renewalInfo")
    return Directory(
        new_nonce,
        text_of(document, "newAccount"),
        text_of(document, "newOrder"),
        renewal_info if isinstance(renewal_info, str) else None,
        profiles if isinstance(profiles, dict) else {},
        meta.get("externalAccountRequired") is True,
    )


_SENTENCES = {
    "rateLimited": "{host} issues no more certificates for now{said}. It is tried again by itself: "
    "leave the appliance on.",
    "rejectedIdentifier": "{host} issues no certificate for this name{said}. Check "
    "tls.acme.domain.",
    "caa": "A CAA record of the name forbids {host} to issue certificates{said}. Add this "
    "authority to it, or take it out.",
    "invalidContact": "{host} does not take the address{said}. Correct tls.acme.email.",
    "unsupportedContact": "{host} does not take the address{said}. Correct tls.acme.email.",
    "userActionRequired": "{host} wants the owner to do something first{said}.",
}
"""What an owner is told, by the type of the error."""


def _sentence(host: str, kind: str, detail: str, status: int) -> str:
    said = f" ({detail})" if detail else ""
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(host=host, said=said)
    if status >= 500:
        return (
            f"{host} has a fault of its own (status {status}{f': {detail}' if detail else ''}). "
            "It is tried again by itself; the authority's page of its status may tell more."
        )
    return (
        f"{host} has refused what it was asked for (status {status}, {kind or 'no ACME'}{said}). "
        "It is tried again; if it stays so, check tls.acme.directory."
    )
