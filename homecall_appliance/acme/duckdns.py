"""DuckDNS's API (https://www.duckdns.org/spec.jsp)."""

from collections.abc import Sequence

from homecall_appliance.acme.failures import ProviderError
from homecall_appliance.acme.http import Http
from homecall_appliance.acme.ports import IPAddress

API = "https://www.duckdns.org/update"
ZONE = "duckdns.org"


class DuckDns:
    """A name below duckdns.org: one address of each kind, and one TXT record, which all names below
    it have, too."""

    def __init__(self, http: Http, token: str, *, api: str = API) -> None:
        self._http = http
        self._token = token
        self._api = api

    async def present(self, name: str, value: str) -> None:
        """See TxtProvider."""
        await self._update(name, txt=value)

    async def cleanup(self, name: str, value: str) -> None:
        """See TxtProvider."""
        await self._update(name, txt=value, clear="true")

    async def set_addresses(self, name: str, addresses: Sequence[IPAddress]) -> None:
        """See AddressProvider. Of several addresses of a kind, the first is published.

        An address of a kind that there is none of can only be taken out with the other. Without
        `ipv6`, an empty `ip` would mean the address that the request comes from, the router's.
        """
        four, six = ([str(each) for each in addresses if each.version == v] for v in (4, 6))
        if not (four and six):
            await self._update(name, clear="true")
        if four and six:
            await self._update(name, ip=four[0], ipv6=six[0])
        elif four:
            await self._update(name, ip=four[0])
        elif six:
            await self._update(name, ipv6=six[0])

    async def _update(self, name: str, **parameters: str) -> None:
        *_, label = name.removesuffix(f".{ZONE}").rpartition(".")
        if not name.endswith(f".{ZONE}"):
            raise ProviderError(
                f"DuckDNS has only names that end in .{ZONE}, and {name} does not. Correct "
                "tls.acme.domain or tls.acme.provider."
            )
        answer = await self._http.request(
            "GET", self._api, params={"domains": label, "token": self._token, **parameters}
        )
        if answer.good and answer.text.split()[:1] == ["OK"]:
            return
        if answer.good and answer.text.split()[:1] == ["KO"]:
            raise ProviderError(
                f"DuckDNS refuses to change {label}.{ZONE}: the token is wrong, or the name is not "
                "yours. Compare both with https://www.duckdns.org (tls.acme.domain, and "
                "DUCKDNS_TOKEN in tls.acme.environment)."
            )
        raise ProviderError(
            f"DuckDNS did not change the records (status {answer.status}). It is tried again by "
            "itself.",
            retry_after=answer.retry_after,
        )
