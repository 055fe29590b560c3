"""Challenges that a record in the owner's zone answers (RFC 8555, section 8.4)."""

from homecall_appliance.acme.challenges import Challenge
from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.jose import txt_value
from homecall_appliance.acme.ports import TxtProvider
from homecall_appliance.acme.propagation import Dns, wait_for_record


class DnsRecords:
    """TXT records at a DNS provider."""

    kind = "dns-01"

    def __init__(self, provider: TxtProvider, dns: Dns, clock: Clock, timeout: float) -> None:
        """`timeout` is how long a record may take to reach the zone's servers, in seconds."""
        self._provider = provider
        self._dns = dns
        self._clock = clock
        self._timeout = timeout
        self._names: dict[str, str] = {}

    async def present(self, challenge: Challenge) -> None:
        """See Solver."""
        name = await self._dns.canonical_name(f"_acme-challenge.{challenge.domain}")
        value = txt_value(challenge.key_authorization)
        self._names[challenge.url] = name
        await self._provider.present(name, value)
        await wait_for_record(self._dns, self._clock, name, value, self._timeout)

    async def cleanup(self, challenge: Challenge) -> None:
        """See Solver."""
        if name := self._names.pop(challenge.url, None):
            await self._provider.cleanup(name, txt_value(challenge.key_authorization))

    def advise(self, domain: str) -> str:
        """See Solver."""
        return (
            f"Check that {domain} is in the zone that tls.acme.provider changes, and that the "
            "zone's DNS servers are those that its registrar names."
        )
