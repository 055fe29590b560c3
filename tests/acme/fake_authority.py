"""A stand-in for a certificate authority, for what Debian's Pebble lacks: renewal information
(RFC 9773), profiles (draft-ietf-acme-profiles), rate limits, clocks that differ.

It believes every signature: that ours are right is shown at Pebble.
"""

import base64
import hashlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.certificates.authority import make_authority
from homecall_appliance.network.addresses import Names

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FOR_SERVERS = ExtendedKeyUsageOID.SERVER_AUTH
URN = "urn:ietf:params:acme:error:"


@dataclass(frozen=True)
class Refusal:
    """What is answered in place of what was asked for."""

    kind: str
    status: int = 403
    headers: dict[str, str] = field(default_factory=dict)
    detail: str = "because of this test"
    page: str = ""
    """In the place of an ACME document, as of a proxy."""


@dataclass
class FakeAuthority:
    """One that looks for answers to http-01 challenges where the appliance keeps them."""

    now: Callable[[], datetime]
    tokens: HttpTokens
    lifetimes: dict[str, float] = field(default_factory=lambda: {"classic": 90, "shortlived": 6})
    """Days, by profile; the first is the usual one."""

    window: tuple[str, str] | None = None
    """What it advises for a renewal; None: it advises nothing."""

    advice_headers: dict[str, str] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    """By how much its clock is ahead of `now`."""

    refusals: dict[str, list[Refusal]] = field(default_factory=dict)
    """By the first part of a path, what the next requests get."""

    nonsense: dict[str, bytes] = field(default_factory=dict)
    """By the first part of a path, what is said in place of all good answers."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    """The requests for new orders."""

    paths: list[str] = field(default_factory=list)
    issued: list[x509.Certificate] = field(default_factory=list)
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)
    blind: bool = False
    """Whether it does not find what it looks for."""

    url: str = ""

    def __post_init__(self) -> None:
        self._nonces = map(str, itertools.count())
        self._root = make_authority(Names(dns=("home.test",), addresses=()), self.now())
        self._state: dict[str, dict[str, Any]] = {}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeAuthority"]:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/directory", self._directory)
        app.router.add_get("/renewal-info/{id}", self._advice)
        app.router.add_route("*", "/new-nonce", self._nonce)
        app.router.add_post("/new-account", self._account)
        app.router.add_post("/new-order", self._order)
        app.router.add_post("/{kind:authz|challenge|order|finalize|certificate}/{id}", self._step)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        place = request.path.split("/")[1]
        self.paths.append(place)
        if waiting := self.refusals.get(place):
            refusal = waiting.pop(0)
            document = {"type": URN + refusal.kind, "detail": refusal.detail}
            answer: web.StreamResponse = web.Response(
                text=refusal.page or json.dumps(document),
                status=refusal.status,
                headers=refusal.headers,
            )
        else:
            answer = await handler(request)
            if place in self.nonsense:
                headers = {key: answer.headers[key] for key in answer.headers if key == "Location"}
                answer = web.Response(body=self.nonsense[place], headers=headers)
        answer.headers["Replay-Nonce"] = next(self._nonces)
        answer.headers["Date"] = f"{self.now() + self.ahead:%a, %d %b %Y %H:%M:%S GMT}"
        return answer

    async def _directory(self, request: web.Request) -> web.Response:
        names = {"newNonce": "new-nonce", "newAccount": "new-account", "newOrder": "new-order"}
        document: dict[str, Any] = {key: f"{self.url}/{path}" for key, path in names.items()}
        document["meta"] = {"profiles": dict.fromkeys(self.lifetimes, "https://a.example")}
        if self.window:
            document["renewalInfo"] = f"{self.url}/renewal-info"
        return web.json_response(document)

    async def _nonce(self, request: web.Request) -> web.Response:
        return web.Response()

    async def _advice(self, request: web.Request) -> web.Response:
        assert self.window
        start, end = self.window
        document = {"suggestedWindow": {"start": start, "end": end}}
        return web.json_response(document, headers=self.advice_headers)

    async def _account(self, request: web.Request) -> web.Response:
        header, _ = await signed(request)
        url = f"{self.url}/account/{len(self.accounts)}"
        self.accounts[url] = header["jwk"]
        return web.json_response({"status": "valid"}, status=201, headers={"Location": url})

    async def _order(self, request: web.Request) -> web.Response:
        header, payload = await signed(request)
        if header["kid"] not in self.accounts:
            problem = {"type": f"{URN}accountDoesNotExist", "detail": "Never heard of it"}
            return web.json_response(problem, status=400)
        self.orders.append(payload)
        number = str(len(self.orders))
        self._state[number] = {
            "status": "pending",
            "domain": payload["identifiers"][0]["value"],
            "profile": payload.get("profile") or next(iter(self.lifetimes)),
            "account": header["kid"],
        }
        location = {"Location": f"{self.url}/order/{number}"}
        return web.json_response(self._shown(number), status=201, headers=location)

    def _shown(self, number: str) -> dict[str, Any]:
        return {
            "status": self._state[number]["status"],
            "authorizations": [f"{self.url}/authz/{number}"],
            "finalize": f"{self.url}/finalize/{number}",
            "certificate": f"{self.url}/certificate/{number}",
        }

    async def _step(self, request: web.Request) -> web.Response:
        kind, number = request.match_info["kind"], request.match_info["id"]
        order = self._state[number]
        _, payload = await signed(request)
        match kind:
            case "authz":
                return web.json_response(self._authorization(number))
            case "challenge":
                key = self.accounts[order["account"]]
                found = self.tokens.answer(f"token{number}")
                good = found == f"token{number}.{thumbprint(key)}" and not self.blind
                order["status"] = "ready" if good else "invalid"
            case "finalize":
                der = base64.urlsafe_b64decode(payload["csr"] + "==")
                order["chain"] = self._issue(x509.load_der_x509_csr(der), order["profile"])
                order["status"] = "valid"
            case "certificate":
                return web.Response(body=order["chain"])
        return web.json_response(self._shown(number))

    def _authorization(self, number: str) -> dict[str, Any]:
        state = {"pending": "pending", "invalid": "invalid"}.get(
            self._state[number]["status"], "valid"
        )
        challenge: dict[str, Any] = {
            "type": "http-01",
            "url": f"{self.url}/challenge/{number}",
            "token": f"token{number}",
        }
        if state == "invalid":
            challenge["error"] = {"type": f"{URN}connection", "detail": "Timeout\nduring connect."}
        other = {**challenge, "type": "dns-01"}
        return {"status": state, "challenges": [other, challenge]}

    def _issue(self, request: x509.CertificateSigningRequest, profile: str) -> bytes:
        issuer, begin = self._root.intermediate, self.now() + self.ahead
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(issuer.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=self.lifetimes[profile]))
            .add_extension(names.value, critical=True)
            .add_extension(issuer_key, critical=False)
            .add_extension(x509.ExtendedKeyUsage([_FOR_SERVERS]), critical=False)
            .sign(issuer.key, hashes.SHA256())
        )
        self.issued.append(certificate)
        return certificate.public_bytes(Encoding.PEM) + issuer.certificate_pem


async def signed(request: web.Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The protected header and the payload of a request."""
    document = await request.json()
    header, payload = (
        base64.urlsafe_b64decode(document[each] + "==") for each in ("protected", "payload")
    )
    return json.loads(header), json.loads(payload or b"{}")


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638, section 3."""
    text = '{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}'.format(**jwk)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().strip("=")
