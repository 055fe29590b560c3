"""deSEC's API (https://desec.readthedocs.io/en/latest/, "Retrieving and Creating DNS Records")."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

from homecall_appliance.acme.failures import ProviderError
from homecall_appliance.acme.http import Answer, Http
from homecall_appliance.acme.ports import IPAddress

API = "https://desec.io/api/v1"

MINIMUM_TTL = 3600
"""Seconds, where the API does not name the domain's own (`minimum_ttl`)."""

PATIENCE = 60.0
"""Seconds of a Retry-After that are waited for at once. Writes are limited to two a second and
fifteen a minute for a domain ("Rate Limits")."""

_TRIES = 3


class Desec:
    """Records in a zone of the account that a token belongs to."""

    def __init__(
        self,
        http: Http,
        token: str,
        *,
        api: str = API,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._token = token
        self._api = api
        self._sleep = sleep

    async def present(self, name: str, value: str) -> None:
        """See TxtProvider. What another order has left there is replaced."""
        await self._replace(name, {"TXT": [f'"{value}"']})

    async def cleanup(self, name: str, value: str) -> None:  # noqa: ARG002 - all of the name's
        """See TxtProvider."""
        await self._replace(name, {"TXT": []})

    async def set_addresses(self, name: str, addresses: Sequence[IPAddress]) -> None:
        """See AddressProvider. Both kinds change in one step."""
        records = {
            kind: [str(each) for each in addresses if each.version == version]
            for kind, version in (("A", 4), ("AAAA", 6))
        }
        await self._replace(name, records)

    async def _replace(self, name: str, records: dict[str, list[str]]) -> None:
        """Set RRsets of a name; one without records is deleted ("Bulk Operations": atomic)."""
        zone, ttl = await self._zone(name)
        subname = name.removesuffix(zone).removesuffix(".")
        sets = [
            {"subname": subname, "type": kind, "ttl": ttl, "records": values}
            for kind, values in records.items()
        ]
        await self._request("PATCH", f"/domains/{quote(zone)}/rrsets/", body=sets)

    async def _zone(self, name: str) -> tuple[str, int]:
        """The domain of the account that is responsible for a name, and the least TTL there."""
        found = await self._request("GET", f"/domains/?owns_qname={quote(name)}")
        match found:
            case [{"name": str(zone), **others}, *_]:
                ttl = others.get("minimum_ttl")
                return zone, ttl if isinstance(ttl, int) else MINIMUM_TTL
        raise ProviderError(
            f"The deSEC account of this token has no domain for {name}. Check tls.acme.domain, or "
            "add the domain at https://desec.io."
        )

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        for _ in range(_TRIES):
            answer = await self._http.request(method, self._api + path, headers=headers, data=data)
            if answer.status != 429 or (answer.retry_after or 0.0) > PATIENCE:
                break
            await self._sleep(answer.retry_after or 1.0)
        if answer.good:
            return answer.json() if answer.body else None
        raise _refused(answer)


def _refused(answer: Answer) -> ProviderError:
    detail = " ".join(answer.text.split())[:200]
    match answer.status:
        case 401:
            sentence = (
                "deSEC does not know the token. Make one at https://desec.io (Token Management), "
                "and put it into tls.acme.environment as DESEC_TOKEN."
            )
        case 403:
            sentence = (
                f"deSEC does not let this token change the domain ({detail}). Give it a policy "
                "that allows TXT, A and AAAA records there, or use another token."
            )
        case 429:
            sentence = f"deSEC has had too many requests ({detail}). It is tried again by itself."
        case status:
            sentence = (
                f"deSEC did not change the records (status {status}: {detail}). It is tried again "
                "by itself; https://desec-status.net tells of faults."
            )
    return ProviderError(sentence, retry_after=answer.retry_after)
